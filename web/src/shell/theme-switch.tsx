/** Light, dark, or as the device has it; one button that goes round. */

import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { Icon, type IconName } from "../shared/icons.tsx";

const SCHEMES: Readonly<Record<MantineColorScheme, { icon: IconName; says: string; next: MantineColorScheme }>> = {
  auto: { icon: "device", says: "system", next: "light" },
  light: { icon: "sun", says: "light", next: "dark" },
  dark: { icon: "moon", says: "dark", next: "auto" },
};

export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon, says, next } = SCHEMES[colorScheme];
  const label = `Colours: ${says}. Change to ${SCHEMES[next].says}`;
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
