/**
 * The decision dialog for other React applications: `import { DecisionDialog } from "countersign/decision-dialog"`. It
 * needs React 19, Mantine 9 with a `MantineProvider`, `@mantine/core/styles.css` and `countersign/decision-dialog.css`.
 * The application passes the requests and a function that sends decisions.
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
