/** The theme for Mantine. Text colours have a contrast of at least 4.5 to their background, in light and dark mode. */

import { type CSSVariablesResolver, createTheme, DEFAULT_THEME, type MantineColorsTuple } from "@mantine/core";

/** From text to background; slightly blue, like the light palette. */
const dark = [
  "#e4e9ef",
  "#c3ccd6",
  "#a3adb8",
  "#78838f",
  "#434c57",
  "#343c46",
  "#262c34",
  "#1b1f25",
  "#14171c",
  "#0f1215",
] as const;

/** Mantine's palette with darker last shades, for text on a light background and for white text on them. */
const darkened = (tuple: MantineColorsTuple, eighth: string, ninth: string): MantineColorsTuple =>
  tuple.with(8, eighth).with(9, ninth) as unknown as MantineColorsTuple;
const green = darkened(DEFAULT_THEME.colors.green, "#24722f", "#1d6128");
const orange = darkened(DEFAULT_THEME.colors.orange, "#b34700", "#963b00");

export const theme = createTheme({
  colors: { dark, green, orange },
  components: {
    // A menu has only its items, and stays within the landmark of its button.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, withinPortal: false } },
    // The header of a dialog is not a banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: "presentation" } } } },
  },
  primaryColor: "indigo",
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  luminanceThreshold: 0.22,
  defaultRadius: "md",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: { fontWeight: "650" },
  respectReducedMotion: true,
  cursorType: "pointer",
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-error": "#b3261e",
    // A background for text of the same colour.
    "--mantine-color-indigo-light-hover": "#ccd7ff",
    "--mantine-color-dimmed": "#56616d",
    "--mantine-color-placeholder": "#656f7a",
    "--mantine-color-body": "#ffffff",
    "--ground": "#f5f7fa",
    "--control": "#858e98",
    "--good": "#156c3a",
    "--bad": "#b3261e",
    "--urgent": "#b3261e",
    "--soon": "#8a4b00",
  },
  dark: {
    "--mantine-color-error": "#ff9d94",
    // A background for white text, which Mantine chooses by the light shade.
    "--mantine-color-indigo-filled": "#4263eb",
    "--mantine-color-indigo-filled-hover": "#3b5bdb",
    "--mantine-color-dimmed": "#a3adb8",
    "--mantine-color-placeholder": "#98a2ad",
    "--mantine-color-body": "#1b1f25",
    "--ground": "#14171c",
    "--control": "#748090",
    "--good": "#6fd79a",
    "--bad": "#ff9d94",
    "--urgent": "#ff9d94",
    "--soon": "#ffc078",
  },
});
