/** How Mantine looks here. Colours that people read keep a contrast of 4.5 on their ground, light and dark. */

import { type CSSVariablesResolver, createTheme } from "@mantine/core";

export const theme = createTheme({
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
    "--mantine-color-dimmed": "#56616d",
    "--mantine-color-placeholder": "#656f7a",
    "--mantine-color-body": "#ffffff",
    "--ground": "#f5f7fa",
    "--good": "#156c3a",
    "--bad": "#b3261e",
    "--urgent": "#b3261e",
    "--soon": "#8a4b00",
  },
  dark: {
    "--mantine-color-dimmed": "#a3adb8",
    "--mantine-color-placeholder": "#98a2ad",
    "--mantine-color-body": "#1b1f25",
    "--ground": "#14171c",
    "--good": "#6fd79a",
    "--bad": "#ff9d94",
    "--urgent": "#ff9d94",
    "--soon": "#ffc078",
  },
});
