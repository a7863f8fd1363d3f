/** The bar above the list: selects all requests, and decides the selected ones. */

import { Button, Checkbox, Group, Text } from "@mantine/core";
import type { Decision } from "../decision/decision-model.ts";
import classes from "./inbox.module.css";
import type { Selection } from "./selection.ts";

interface Props {
  selection: Selection;
  onDecide(decision: Decision): void;
}

export function BulkBar({ selection, onDecide }: Props) {
  const { rows, most } = selection;
  const n = rows.length;
  return (
    <div className={classes.bulk} data-active={n > 0 || undefined}>
      <Checkbox
        checked={n > 0 && n === most}
        indeterminate={n > 0 && n < most}
        disabled={most === 0}
        onChange={selection.toggleAll}
        label={n === 0 ? "Select all low-risk requests" : `${n.toLocaleString()} selected`}
      />
      {n > 0 && (
        <Group gap="xs" ms="auto">
          <Button size="xs" color="green.9" onClick={() => onDecide("APPROVE")}>
            Approve {n.toLocaleString()}
          </Button>
          <Button size="xs" color="red.9" onClick={() => onDecide("REJECT")}>
            Reject {n.toLocaleString()}
          </Button>
          <Button size="xs" variant="default" onClick={selection.clear}>
            Clear
          </Button>
        </Group>
      )}
      {n === 0 && most === 0 && (
        <Text size="xs" c="dimmed" ms="auto">
          These requests cannot be decided together.
        </Text>
      )}
    </div>
  );
}
