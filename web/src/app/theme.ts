import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const pine: MantineColorsTuple = [
  '#eef7f4',
  '#d9ece6',
  '#b3dacd',
  '#87c4b1',
  '#62b09a',
  '#3f9a81',
  '#27806b',
  '#1b6e5c',
  '#12584a',
  '#0a4237',
];

/** Warm, and dark enough from shade 6 on for small text on the page. */
const gray: MantineColorsTuple = [
  '#f8f7f4',
  '#f1efea',
  '#e6e3dc',
  '#d6d2c9',
  '#bdb8ad',
  '#8a867d',
  '#615e56',
  '#4b4842',
  '#34322d',
  '#211f1c',
];

const dark: MantineColorsTuple = [
  '#e3e7e4',
  '#c6cdc9',
  '#a3ada8',
  '#7f8a85',
  '#414c48',
  '#323c38',
  '#202826',
  '#161c1a',
  '#101513',
  '#0a0e0d',
];

const amber: MantineColorsTuple = [
  '#fdf6e7',
  '#f9e9c8',
  '#f2d595',
  '#eabf5f',
  '#e0aa37',
  '#c98f1c',
  '#a87310',
  '#855a0b',
  '#654409',
  '#463006',
];

const brick: MantineColorsTuple = [
  '#fcf1ef',
  '#f7dcd8',
  '#eeb9b1',
  '#e59a8f',
  '#dc7d70',
  '#cb5a4b',
  '#b23f30',
  '#953226',
  '#74261d',
  '#531a14',
];

const SYSTEM_FONTS =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Open Sans", Arial, sans-serif';

/** The look of all pages: a calm pine green on warm greys, system fonts only. */
export const theme = createTheme({
  colors: { pine, gray, dark, amber, brick },
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  white: '#ffffff',
  black: '#211f1c',
  fontFamily: SYSTEM_FONTS,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  defaultRadius: 'md',
  radius: { sm: '0.375rem', md: '0.5rem', lg: '0.875rem' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: {
    fontFamily: SYSTEM_FONTS,
    fontWeight: '650',
    textWrap: 'balance',
    sizes: {
      h1: { fontSize: 'clamp(1.75rem, 1.3rem + 1.8vw, 2.5rem)', lineHeight: '1.15' },
      h2: { fontSize: '1.375rem', lineHeight: '1.3' },
      h3: { fontSize: '1.125rem', lineHeight: '1.35' },
      h4: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
});

/**
 * Error text must be readable in both schemes, which the library's own red is not; and in the dark, tinted surfaces
 * are a little lighter than the page, as everything else that stands on it.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-error': brick[6] },
  dark: {
    '--mantine-color-error': brick[3],
    '--mantine-color-pine-light': '#1d3a32',
    '--mantine-color-pine-light-color': pine[2],
    '--mantine-color-amber-light': '#3a2f18',
    '--mantine-color-amber-light-color': amber[2],
    '--mantine-color-brick-light': '#412621',
    '--mantine-color-brick-light-color': brick[2],
    '--mantine-color-gray-light': '#303a36',
    '--mantine-color-gray-light-color': dark[1],
  },
});
