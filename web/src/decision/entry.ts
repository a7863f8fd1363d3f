/**
 * The decision dialog for other React applications: `import { DecisionDialog } from "countersign/decision-dialog"`. It
 * needs React 19 and Mantine 9 (`MantineProvider` around it, `@mantine/core/styles.css` and
 * `countersign/decision-dialog.css`); what it shows and how a decision is sent are given to it.
 */

export { DecisionDialog, type DecisionDialogProps } from "./decision-dialog.tsx";
export type {
  Decide,
  DecidedRequest,
  Decision,
  DecisionAnswer,
  DecisionResult,
  DecisionSubject,
  Refusal,
} from "./decision-model.ts";
