/** The control that selects a period of days. */

import { Group, NativeSelect, TextInput } from "@mantine/core";
import { asDays, type Period, PRESETS, type Preset } from "./period.ts";
import { serverNow } from "./server-clock.ts";

const DAYS = "days";
const CHOICES = [
  ...Object.entries(PRESETS).map(([value, label]) => ({ value, label })),
  { value: DAYS, label: "Custom range" },
];

interface Props {
  period: Period;
  change(period: Period): void;
  label?: string;
}

export function PeriodSelect({ period, change, label = "Period" }: Props) {
  const choose = (value: string) => change(value === DAYS ? asDays(period, serverNow()) : { preset: value as Preset });
  return (
    <Group gap="xs" align="flex-end">
      <NativeSelect
        label={label}
        data={CHOICES}
        value={period.preset ?? DAYS}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {period.preset === null && (
        <>
          <TextInput
            type="date"
            label="First day"
            value={period.from}
            max={period.to || undefined}
            onChange={(event) => change({ ...period, from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label="Last day"
            value={period.to}
            min={period.from || undefined}
            onChange={(event) => change({ ...period, to: event.currentTarget.value })}
          />
        </>
      )}
    </Group>
  );
}
