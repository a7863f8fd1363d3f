// Receives the outcomes of requests by callback, and accepts only messages that Countersign has signed.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const { WEBHOOK_KEY, COUNTERSIGN_USER, PORT = "8080" } = process.env;
if (!WEBHOOK_KEY || !COUNTERSIGN_USER) {
  console.error("WEBHOOK_KEY and COUNTERSIGN_USER must be set");
  process.exit(2);
}
const webhook = new Webhook(WEBHOOK_KEY); // `countersign webhook-key URL` prints the key of this receiver's address
const handled = new Set();

const server = createServer(async (req, res) => {
  let event;
  try {
    event = webhook.verify(await text(req), req.headers);
  } catch {
    return res.writeHead(401).end(); // forged, changed, or older than five minutes
  }
  const { request } = event.data;
  const id = req.headers["webhook-id"]; // the same if a message is sent again
  // Anyone who may create requests can name this address, so check whose request it is.
  if (request.createdBy === COUNTERSIGN_USER && !handled.has(id)) {
    handled.add(id);
    // Conditions and the timeout can approve as well; here only people's approval counts.
    const isApproved = request.status === "APPROVED" && request.decisionSource === "APPROVER";
    console.log(`${request.executionId}: ${isApproved ? `approved by ${request.decidedBy}` : request.status}`);
  }
  res.writeHead(204).end();
});
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
