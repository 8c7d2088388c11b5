import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router';
import { queryClient } from '../api/query-client.ts';
import { Layout } from './Layout.tsx';
import { Pages } from './Pages.tsx';
import { cssVariables, theme } from './theme.ts';

/** The same key as in `public/color-scheme.js`, which acts before the first paint. */
const colorSchemeManager = localStorageColorSchemeManager({ key: 'tenure-color-scheme' });

/** The whole application. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
    >
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>
          <Layout>
            <Pages />
          </Layout>
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
}
