// Colours and defaults of the components. What is changed here mends what automatic accessibility checks find in the defaults.
import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  NavLink,
  Notification,
  Tooltip,
} from '@mantine/core';

const pine: MantineColorsTuple = [
  '#e6f7f3',
  '#d0ece5',
  '#a3d8cb',
  '#72c3af',
  '#4bb197',
  '#31a588',
  '#1f9c7e',
  '#0d7d64',
  '#0a6b56',
  '#045443',
];

export const theme = createTheme({
  colors: { pine },
  primaryColor: 'pine',
  // White on shade 7 has a contrast of 5.1 in both schemes.
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", monospace',
  components: {
    NavLink: NavLink.extend({ classNames: { root: 'nav-link' } }),
    Tooltip: Tooltip.extend({
      defaultProps: { multiline: true, maw: 340, withArrow: true, events: { hover: true, focus: true, touch: true } },
    }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } }),
  },
});

/** Texts of the second rank at 4.5:1 and more; the defaults are paler. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#59616a',
    '--mantine-color-anchor': 'var(--mantine-color-pine-8)',
    '--mantine-color-placeholder': '#6a727b',
    '--mantine-color-error': '#c92a2a',
  },
  dark: {
    '--mantine-color-dimmed': '#a8b0b8',
    '--mantine-color-anchor': 'var(--mantine-color-pine-3)',
    '--mantine-color-placeholder': '#9aa1a9',
    '--mantine-color-error': '#ff8787',
  },
});
