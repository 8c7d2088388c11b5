import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type AddressObject, simpleParser } from 'mailparser';
import { v7 as uuidv7 } from 'uuid';

/** A caught message, as `GET /api/messages/:id` gives it. */
export interface CaughtMessage {
  /** UUIDv7: ids sort by time of arrival. */
  id: string;
  /** UTC, ISO 8601. */
  receivedAt: string;
  /** What the SMTP conversation said, which is where the mail really goes. */
  envelope: { from: string; to: string[] };
  messageId?: string;
  from: string[];
  to: string[];
  subject: string;
  text: string;
  /** Empty when the message has no HTML part. */
  html: string;
  /** In the order of the message, values unfolded but not decoded. */
  headers: { name: string; value: string }[];
  attachments: { filename: string; contentType: string; sizeBytes: number }[];
}

/** What was caught, on disk: `<id>.eml` as it came over the wire, `<id>.json` as it was understood. */
export interface MailStore {
  /** Parses and writes a message; it is on disk when the promise resolves. */
  keep(raw: Buffer, envelope: CaughtMessage['envelope']): Promise<CaughtMessage>;
  /** Newest first. */
  list(): CaughtMessage[];
  find(id: string): CaughtMessage | undefined;
  /** The message as it came over the wire. */
  raw(id: string): Buffer;
  clear(): void;
}

/** Opens (or creates) a store; messages of earlier runs are found again. */
export function openMailStore(directory: string): MailStore {
  mkdirSync(directory, { recursive: true });
  const messages = new Map<string, CaughtMessage>();
  const fileOf = (id: string, extension: 'eml' | 'json'): string =>
    path.join(directory, `${id}.${extension}`);
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith('.json')) continue;
    const message = JSON.parse(readFileSync(path.join(directory, name), 'utf8')) as CaughtMessage;
    messages.set(message.id, message);
  }
  return {
    async keep(raw, envelope) {
      const message = { id: uuidv7(), receivedAt: new Date().toISOString(), envelope, ...(await parse(raw)) };
      writeFileSync(fileOf(message.id, 'eml'), raw);
      // A message counts from this rename on: a kill before it leaves a file that nobody looks at.
      writeFileSync(`${fileOf(message.id, 'json')}.new`, JSON.stringify(message, null, 2));
      renameSync(`${fileOf(message.id, 'json')}.new`, fileOf(message.id, 'json'));
      messages.set(message.id, message);
      return message;
    },
    list: () => [...messages.values()].reverse(),
    find: (id) => messages.get(id),
    raw: (id) => readFileSync(fileOf(id, 'eml')),
    clear: () => {
      for (const name of readdirSync(directory)) rmSync(path.join(directory, name));
      messages.clear();
    },
  };
}

async function parse(raw: Buffer): Promise<Omit<CaughtMessage, 'id' | 'receivedAt' | 'envelope'>> {
  const mail = await simpleParser(raw, { skipTextToHtml: true });
  return {
    messageId: mail.messageId,
    from: addressesIn(mail.from),
    to: addressesIn(mail.to),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    headers: mail.headerLines.map(({ line }) => {
      const colon = line.indexOf(':');
      return {
        name: line.slice(0, colon),
        value: line
          .slice(colon + 1)
          .replaceAll(/\r?\n\s+/g, ' ')
          .trim(),
      };
    }),
    attachments: mail.attachments.map(({ filename, contentType, size }) => ({
      filename: filename ?? 'unnamed',
      contentType,
      sizeBytes: size,
    })),
  };
}

function addressesIn(field: AddressObject | AddressObject[] | undefined): string[] {
  return [field ?? []].flat().flatMap(({ value }) => value.flatMap(({ address }) => address ?? []));
}
