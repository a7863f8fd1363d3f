/** The sample requests of the screenshots, as a company that works with Countersign would have them. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const BOB = "bob@company.com";
export const CAROL = "carol@company.com";
export const DORA = "dora@company.com";
export const EMIL = "emil@company.com";
export const ALICE = "alice@company.com";

/** As in `CreateApprovalRequestInput`. */
export type Sample = Record<string, unknown> & { title: string };

const DEPLOY_WORDS = `Brings **split payments** to all shops. The canary has had 5 % of the traffic since Monday.

- 1,204 tests passed, none failed
- error rate of the canary 0.02 %, as before
- the way back takes two minutes: \`deploy checkout 4.11.2\``;

const MANIFEST = (image: string, replicas: number, memory: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: checkout
          image: registry.company.com/checkout:${image}
          resources:
            limits:
              memory: ${memory}
`;

/** Two of three must approve it; the one that is opened. */
export const DEPLOY: Sample = {
  title: "Deploy checkout 4.12.0 to production?",
  workflowId: "release",
  requestedBy: ALICE,
  description: DEPLOY_WORDS,
  allowedApprovers: [BOB, CAROL, DORA],
  requireMinApprovers: 2,
  timeoutMs: 3 * HOUR,
  timeoutAction: "ESCALATE",
  escalateToUsers: [EMIL],
  context: {
    version: "4.12.0",
    window: "18:00 to 18:30",
    pullRequest: "https://github.com/company/checkout/pull/2417",
    settings: {
      before: { replicas: 4, splitPayments: false, timeoutSeconds: 20 },
      after: { replicas: 6, splitPayments: true, timeoutSeconds: 20 },
    },
    manifest: { before: MANIFEST("4.11.2", 4, "512Mi"), after: MANIFEST("4.12.0", 6, "768Mi") },
    canary: [
      { name: "Error rate", "4.11": "0.02 %", "4.12": "0.02 %" },
      { name: "Median answer", "4.11": "84 ms", "4.12": "79 ms" },
      { name: "Payments completed", "4.11": "97.1 %", "4.12": "97.6 %" },
    ],
    migration:
      "alter table payments add column parts jsonb not null default '[]';\ncreate index on payments (order_id);",
  },
};

/** The other pending requests, in no particular order. */
export const WAITING: readonly Sample[] = [
  {
    title: "Refund 1,240.00 EUR to Northwind?",
    workflowId: "refunds",
    requestedBy: DORA,
    description: "Two of the four pallets of order 88412 arrived wet. Photos are with the ticket.",
    context: { order: 88412, amount: "1,240.00 EUR", ticket: "https://desk.company.com/t/5521" },
    timeoutMs: 24 * MINUTE,
  },
  {
    title: "Give Mia read access to billing?",
    workflowId: "access",
    requestedBy: EMIL,
    context: { person: "mia@company.com", system: "billing", until: "2027-01-31" },
    metadata: { risk: "low" },
    timeoutMs: 5 * HOUR,
  },
  {
    title: "Delete 14,203 accounts that nobody has used for three years?",
    workflowId: "data-retention",
    requestedBy: CAROL,
    metadata: { risk: "high" },
    requireMinApprovers: 2,
    notifyUsers: [BOB, DORA, EMIL],
    timeoutMs: 9 * HOUR,
  },
  {
    title: "Raise the rate limit of partner Contoso to 500 a second?",
    workflowId: "partners",
    requestedBy: ALICE,
    context: { rateLimit: { before: 200, after: 500 } },
    metadata: { risk: "low" },
    timeoutMs: 30 * HOUR,
  },
  {
    title: "Publish the price list for the first quarter?",
    workflowId: "pricing",
    requestedBy: EMIL,
    description: "38 products change in four regions.",
    timeoutMs: 2 * DAY,
  },
  {
    title: "Let the support agent answer 212 customers about the delay?",
    workflowId: "support-agent",
    requestedBy: "support-agent",
    description: "A draft of the answer is below; it names the new date of delivery of each order.",
    timeoutMs: 4 * DAY,
  },
  {
    title: "Rotate the signing keys of the gateway?",
    workflowId: "security",
    requestedBy: DORA,
    metadata: { risk: "low" },
    timeoutMs: 6 * DAY,
  },
];

/** Requests that bob has rejected. */
export const REJECTED: Sample = {
  title: "Drop the table of old vouchers?",
  workflowId: "data-retention",
  requestedBy: EMIL,
  description: "Nobody has redeemed one of them since 2023. The table takes 41 GB.",
  context: {
    statement: "drop table vouchers_2019;\nvacuum full vouchers;",
    tables: [
      { name: "vouchers_2019", rows: 18204433, size: "41 GB" },
      { name: "vouchers", rows: 912004, size: "2 GB" },
    ],
  },
};

/** Requests that have expired. */
export const TIMED_OUT: Sample = {
  title: "Give a contractor access to production?",
  workflowId: "access",
  description: "To look at the slow answers of the search on the spot.",
  context: { person: "jo@contractor.example", system: "search", rights: ["read", "restart"] },
};

/** Titles of the requests of the weeks before, by workflow. */
export const PAST: Readonly<Record<string, readonly string[]>> = {
  release: ["Deploy checkout to production?", "Deploy search to production?", "Roll the gateway back?"],
  refunds: ["Refund 89.90 EUR to a customer?", "Refund 410.00 EUR to Fabrikam?", "Refund 36.50 EUR to a customer?"],
  access: ["Give Jonas access to the warehouse?", "Give the auditors read access?"],
  "data-retention": ["Delete the logs of last spring?", "Delete 2,118 unused accounts?"],
  "support-agent": ["Let the support agent offer a voucher?", "Let the support agent close 40 tickets?"],
};
