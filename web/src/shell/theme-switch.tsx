/** The button that cycles through light, dark and system colours. */

import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { Icon, type IconName } from "../shared/icons.tsx";

const SCHEMES: Readonly<Record<MantineColorScheme, { icon: IconName; name: string; next: MantineColorScheme }>> = {
  auto: { icon: "device", name: "system", next: "light" },
  light: { icon: "sun", name: "light", next: "dark" },
  dark: { icon: "moon", name: "dark", next: "auto" },
};

export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon, name, next } = SCHEMES[colorScheme];
  const label = `Colours: ${name}. Change to ${SCHEMES[next].name}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}
