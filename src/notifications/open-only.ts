/** Removes the buttons that decide from a Slack message. */

interface Block {
  type?: unknown;
  elements?: { action_id?: unknown }[];
}

const DECIDING_ACTIONS = new Set<unknown>(["approve", "reject"]);

/**
 * @param message the rendered message, as Slack takes it
 * @param open the address of the request, for a message that would have no button left
 */
export function openOnly(message: string, open: string): string {
  const { blocks, ...rest } = JSON.parse(message) as { blocks: Block[] };
  const button = { type: "button", action_id: "open", text: { type: "plain_text", text: "Open" }, url: open };
  const without = (block: Block): Block => {
    if (block.type !== "actions" || block.elements === undefined) return block;
    const elements = block.elements.filter(({ action_id }) => !DECIDING_ACTIONS.has(action_id));
    return { ...block, elements: elements.length > 0 ? elements : [button] };
  };
  return JSON.stringify({ ...rest, blocks: blocks.map(without) });
}
