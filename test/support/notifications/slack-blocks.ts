/**
 * Validates Block Kit as Slack's reference describes it: shapes, lengths, numbers. A field or a type that is not listed
 * here is a fault even if Slack knows it, so that every field that is sent was looked up.
 */

type Fields = Record<string, unknown>;
/** Adds a fault, with its place as a JSON pointer. */
type Check = (value: unknown, at: string, faults: string[]) => void;

const text =
  (max: number, min = 1): Check =>
  (value, at, faults) => {
    if (typeof value !== "string") faults.push(`${at}: must be text`);
    else if (value.length < min) faults.push(`${at}: must have at least ${min} characters`);
    else if (value.length > max) faults.push(`${at}: has ${value.length} characters, more than ${max}`);
  };

const flag: Check = (value, at, faults) => {
  if (typeof value !== "boolean") faults.push(`${at}: must be true or false`);
};

const number =
  (min: number, max: number): Check =>
  (value, at, faults) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      faults.push(`${at}: must be a whole number from ${min} to ${max}`);
    }
  };

const among =
  (...allowed: string[]): Check =>
  (value, at, faults) => {
    if (!allowed.includes(value as string)) faults.push(`${at}: must be one of ${allowed.join(", ")}`);
  };

const address: Check = (value, at, faults) => {
  text(3_000)(value, at, faults);
  const protocol = URL.parse(String(value))?.protocol;
  if (protocol !== "http:" && protocol !== "https:") faults.push(`${at}: must be a web address`);
};

const list =
  (item: Check, max: number, min = 1): Check =>
  (value, at, faults) => {
    if (!Array.isArray(value)) return void faults.push(`${at}: must be a list`);
    if (value.length < min || value.length > max) faults.push(`${at}: must have ${min} to ${max} items`);
    for (const [index, one] of value.entries()) item(one, `${at}/${index}`, faults);
  };

/** `required` lists the mandatory fields; all others are optional. */
const shape =
  (required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  (value, at, faults) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return void faults.push(`${at}: must be an object`);
    }
    const given = value as Fields;
    for (const name of Object.keys(required)) if (!(name in given)) faults.push(`${at}: lacks ${name}`);
    for (const [name, one] of Object.entries(given)) {
      const check = required[name] ?? optional[name];
      if (check === undefined) faults.push(`${at}: has an unknown field ${name}`);
      else check(one, `${at}/${name}`, faults);
    }
  };

/** The required shape depends on the `type`. */
const byType =
  (shapes: Record<string, Check>): Check =>
  (value, at, faults) => {
    const type = (value as Fields | null)?.type;
    const check = typeof type === "string" && Object.hasOwn(shapes, type) ? shapes[type] : undefined;
    if (check === undefined) faults.push(`${at}: the type ${String(type)} is not taken here`);
    else check(value, at, faults);
  };

const plainText = (max: number) => shape({ type: among("plain_text"), text: text(max) }, { emoji: flag });
const mrkdwn = (max: number) => shape({ type: among("mrkdwn"), text: text(max) }, { verbatim: flag });
const anyText = (max: number) => byType({ plain_text: plainText(max), mrkdwn: mrkdwn(max) });

const type = text(50);
const block = { block_id: text(255) };
const actionable = { action_id: text(255) };

const confirm = shape(
  { title: plainText(100), text: anyText(300), confirm: plainText(30), deny: plainText(30) },
  { style: among("primary", "danger") },
);
const button = shape(
  { type, text: plainText(75) },
  {
    ...actionable,
    url: address,
    value: text(2_000),
    style: among("primary", "danger"),
    confirm,
    accessibility_label: text(75),
  },
);
const image = shape({ type, image_url: address, alt_text: text(2_000) });
const textInput = shape(
  { type },
  {
    ...actionable,
    multiline: flag,
    min_length: number(0, 3_000),
    max_length: number(1, 3_000),
    initial_value: text(3_000),
    placeholder: plainText(150),
    focus_on_load: flag,
  },
);

const section: Check = (value, at, faults) => {
  shape(
    { type },
    {
      ...block,
      text: anyText(3_000),
      fields: list(anyText(2_000), 10),
      accessory: byType({ button, image }),
      expand: flag,
    },
  )(value, at, faults);
  const given = value as Fields;
  if (given.text === undefined && given.fields === undefined) faults.push(`${at}: needs text or fields`);
};

const shared = {
  section,
  header: shape({ type, text: plainText(150) }, block),
  divider: shape({ type }, block),
  context: shape(
    { type, elements: list(byType({ plain_text: plainText(3_000), mrkdwn: mrkdwn(3_000), image }), 10) },
    block,
  ),
  actions: shape({ type, elements: list(byType({ button }), 25) }, block),
  image: shape({ type, image_url: address, alt_text: text(2_000) }, { ...block, title: plainText(2_000) }),
};
const input = shape(
  { type, label: plainText(2_000), element: byType({ plain_text_input: textInput }) },
  { ...block, hint: plainText(2_000), optional: flag, dispatch_action: flag },
);

/** The faults of the blocks of a message. */
export function faultsOfMessage(blocks: unknown): string[] {
  const faults: string[] = [];
  list(byType(shared), 50)(blocks, "/blocks", faults);
  return [...faults, ...repeated(blocks)];
}

/** The faults of a dialog. */
export function faultsOfView(view: unknown): string[] {
  const faults: string[] = [];
  shape(
    { type: among("modal"), title: plainText(24), blocks: list(byType({ ...shared, input }), 100) },
    {
      submit: plainText(24),
      close: plainText(24),
      callback_id: text(255),
      private_metadata: text(3_000, 0),
      clear_on_close: flag,
      notify_on_close: flag,
    },
  )(view, "/view", faults);
  const { blocks, submit } = (view ?? {}) as Fields;
  const hasInput = Array.isArray(blocks) && blocks.some((one) => (one as Fields | null)?.type === "input");
  if (hasInput && submit === undefined) faults.push("/view: needs submit, since it has an input");
  if (submit !== undefined && !hasInput) faults.push("/view: has submit, but no input");
  return [...faults, ...repeated(blocks)];
}

/** Duplicate ids. */
function repeated(blocks: unknown): string[] {
  const faults: string[] = [];
  for (const name of ["block_id", "action_id"]) {
    const seen = new Set<unknown>();
    for (const id of valuesOf(blocks, name)) {
      if (seen.has(id)) faults.push(`/blocks: the ${name} ${String(id)} is given twice`);
      seen.add(id);
    }
  }
  return faults;
}

/** All values under a name, at any depth. */
export function valuesOf(value: unknown, name: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => (key === name ? [one] : valuesOf(one, name)));
}
