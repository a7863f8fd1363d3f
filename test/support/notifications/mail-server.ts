/** A real SMTP server that collects mails, and refuses, delays and aborts when a test wants it. */

import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  /** Sender and recipients of the envelope, regardless of the headers. */
  envelope: { from: string; to: string[] };
  /** The raw message. */
  raw: string;
  parsed: ParsedMail;
  /** A header's value, unfolded but not decoded; undefined if the header is missing or occurs twice. */
  header(name: string): string | undefined;
  /** The text of the plain part, line breaks as they were written. */
  text: string;
  html: string;
}

export interface MailServer {
  /** For SMTP_URL, without a user. */
  url: string;
  /** All received messages, including those that were not acknowledged. */
  mails: ReceivedMail[];
  /** Connections so far. */
  connections(): number;
  /** The oldest mail that was not returned before, once it has arrived. @param to only of mails to this address */
  next(to?: string): Promise<ReceivedMail>;
  /** Sends this answer for this recipient from now on. */
  refuse(address: string, code?: number, text?: string): void;
  /** Sends this answer to the next message, once it was sent. */
  answer(code: number, text: string): void;
  /** Accepts the next message and aborts the connection before its answer. */
  dropAfterData(): void;
  /**
   * Sends nothing: to new connections, or after the next message.
   * @returns resolves when a client waits
   */
  hang(at: "greeting" | "data"): Promise<void>;
  stop(): Promise<void>;
}

export interface MailServerOptions {
  /** The user who may send. Default: anyone. */
  account?: { user: string; pass: string };
  /** Whether connections are encrypted by STARTTLS, with a self-signed certificate. Default: false. */
  encrypted?: boolean;
  /** Whether it accepts letters beyond ASCII before the @ (SMTPUTF8). Default: true. */
  unicode?: boolean;
}

type Ending = { code: number; text: string } | "drop" | { hang(): void };

const failure = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

export async function startMailServer({
  account,
  encrypted = false,
  unicode = true,
}: MailServerOptions = {}): Promise<MailServer> {
  const refused = new Map<string, Error>();
  const mails: ReceivedMail[] = [];
  const untaken: ReceivedMail[] = [];
  const waiting: { to: string | undefined; take(mail: ReceivedMail): void }[] = [];
  const goesTo = ({ envelope }: ReceivedMail, to: string | undefined) => to === undefined || envelope.to.includes(to);
  const sockets = new Map<number, Socket>();
  let ending: Ending | undefined;
  let silent: (() => void) | undefined;
  let connections = 0;

  const server = new SMTPServer({
    disabledCommands: encrypted ? [] : ["STARTTLS"],
    hideSMTPUTF8: !unicode,
    authOptional: account === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1,
    onConnect(_session, done) {
      if (silent === undefined) done();
      else silent();
    },
    onAuth({ username, password }, _session, done) {
      if (username === account?.user && password === account?.pass) done(null, { user: username });
      else done(failure(535, `Authentication failed for ${username} with ${password}`));
    },
    onRcptTo: ({ address }, _session, done) => done(refused.get(address) ?? null),
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = { from: mailFrom ? mailFrom.address : "", to: rcptTo.map(({ address }) => address) };
      const how = ending;
      ending = undefined;
      void (async () => {
        // A client that aborts in the middle of a message has sent none.
        const raw = await text(stream).catch(() => null);
        if (raw === null) return;
        if (typeof how === "object" && "code" in how) return done(failure(how.code, how.text));
        keep({ envelope, raw, parsed: await simpleParser(raw) });
        if (how === undefined) done();
        else if (how === "drop") sockets.get(session.remotePort)?.destroy();
        else how.hang();
      })();
    },
  });
  // An aborted connection is not a fault of the server.
  server.on("error", () => {});
  server.server.on("connection", (socket: Socket) => {
    connections += 1;
    const port = socket.remotePort as number;
    sockets.set(port, socket);
    socket.once("close", () => sockets.delete(port));
  });

  function keep(mail: Pick<ReceivedMail, "envelope" | "raw" | "parsed">): void {
    const received: ReceivedMail = {
      ...mail,
      header: (name) => headerOf(mail.raw, name),
      text: mail.parsed.text ?? "",
      html: mail.parsed.html || "",
    };
    mails.push(received);
    const first = waiting.findIndex(({ to }) => goesTo(received, to));
    if (first < 0) untaken.push(received);
    else waiting.splice(first, 1)[0]?.take(received);
  }

  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    mails,
    connections: () => connections,
    next(to) {
      const first = untaken.findIndex((mail) => goesTo(mail, to));
      if (first >= 0) return Promise.resolve(untaken.splice(first, 1)[0] as ReceivedMail);
      return new Promise((take) => waiting.push({ to, take }));
    },
    refuse(address, code = 550, message = "No such user here") {
      refused.set(address, failure(code, message));
    },
    answer(code, message) {
      ending = { code, text: message };
    },
    dropAfterData() {
      ending = "drop";
    },
    hang: (at) =>
      new Promise((resolve) => {
        if (at === "greeting") silent = resolve;
        else ending = { hang: resolve };
      }),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(resolve));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

function headerOf(raw: string, name: string): string | undefined {
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]+/g, " ");
  const prefix = `${name.toLowerCase()}:`;
  const found = head.split("\r\n").filter((line) => line.toLowerCase().startsWith(prefix));
  return found.length === 1 ? found[0]?.slice(prefix.length).trim() : undefined;
}
