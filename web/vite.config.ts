import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `vite` (development only) finds the API; the built pages are served by the API itself. */
const apiUrl = process.env['PUBLIC_URL'] ?? 'http://127.0.0.1:4000';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The content security policy allows only this origin: no data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Changes rarely, so returning visitors keep it when the pages change.
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/ }],
        },
      },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/v1': apiUrl } },
});
