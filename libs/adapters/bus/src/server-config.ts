import {
  ACCOUNTS,
  type AccountName,
  buckets,
  identities,
  type Identity,
  JETSTREAM_ACCOUNT,
  MESSAGE_BYTES_MAX,
  streams,
} from '@portcullis/contracts';
import { DISCOVERY, discoveryAs, grantsOf, hasJetStream, type Request } from './grants.ts';
import { narrower } from './subject-pattern.ts';

const MIB = 1024 * 1024;
/** Room above the sum of all streams, for consumer state and dead blocks. */
const STORE_RESERVE_BYTES = 256 * MIB;
const MEMORY_STORE_BYTES = 64 * MIB;

/** Something that one account offers and another one takes. */
export interface Crossing {
  readonly kind: 'service' | 'stream';
  readonly from: AccountName;
  readonly to: AccountName;
  readonly subject: string;
  /** The name under which the taker knows it, where it differs. */
  readonly local?: string;
  readonly answers?: 'one' | 'many';
}

export interface ServerConfigOptions {
  readonly port: number;
  /** Folder for the streams; it has to survive a restart. */
  readonly storeDir: string;
  /** Public nkey of every identity of the tables. */
  readonly users: Readonly<Record<string, string>>;
  /** Port of the server's own monitoring pages; without it there are none. */
  readonly monitorPort?: number;
}

/** Every crossing of a border between accounts, from the tables; the reference prints it. */
export function crossings(): Crossing[] {
  const found = new Map<string, Crossing>();
  const add = (crossing: Crossing): void =>
    void found.set(`${crossing.kind} ${crossing.from} ${crossing.to} ${crossing.subject}`, crossing);
  for (const identity of identities) {
    for (const request of grantsOf(identity).requests) {
      if (!hasJetStream(identity)) add(serviceCrossing(identity, request));
    }
    for (const crossing of heardAcross(identity)) add(crossing);
  }
  for (const asker of identities.filter((identity) => identity.asks === true)) {
    for (const other of identities.filter(
      (identity) => identity.answers === true && identity.account !== asker.account,
    )) {
      const local = discoveryAs(asker);
      add({
        kind: 'service',
        from: other.account,
        to: asker.account,
        subject: DISCOVERY,
        answers: 'many',
        ...(local === DISCOVERY ? {} : { local }),
      });
    }
  }
  return [...found.values()];
}

function serviceCrossing(identity: Identity, request: Request): Crossing {
  const { home, local, answers } = request;
  return {
    kind: 'service',
    from: JETSTREAM_ACCOUNT,
    to: identity.account,
    subject: home,
    answers,
    ...(local === home ? {} : { local }),
  };
}

/**
 * What an identity subscribes to and others say: what they publish, taken where they publish it (the server does not pass on
 * to a third account what came over a border), and what a bucket repeats.
 */
function heardAcross(listener: Identity): Crossing[] {
  const found: Crossing[] = [];
  const hear = (from: AccountName, said: string): void => {
    for (const pattern of listener.subscribe) {
      const subject = narrower(pattern, said);
      if (subject !== undefined && from !== listener.account) {
        found.push({ kind: 'stream', from, to: listener.account, subject });
      }
    }
  };
  for (const speaker of identities) for (const subject of speaker.publish) hear(speaker.account, subject);
  for (const bucket of buckets) if (bucket.republishTo !== undefined) hear(JETSTREAM_ACCOUNT, bucket.republishTo);
  return found;
}

const quoted = (text: string): string => JSON.stringify(text);
const list = (items: readonly string[]): string => `[${[...new Set(items)].map(quoted).join(', ')}]`;

/** An empty allow-list would allow everything. */
const allowOnly = (subjects: readonly string[]): string =>
  subjects.length === 0 ? `{ deny: ${quoted('>')} }` : `{ allow: ${list(subjects)} }`;

function userLine(identity: Identity, users: ServerConfigOptions['users']): string {
  const key = users[identity.name];
  if (key === undefined) throw new Error(`no public key for identity ${identity.name}`);
  const { publish, subscribe } = grantsOf(identity);
  return `      { nkey: ${key}, permissions: { publish: ${allowOnly(publish)}, subscribe: ${allowOnly(subscribe)} } }`;
}

function exportLines(account: AccountName, all: readonly Crossing[]): string[] {
  const takers = new Map<string, { readonly crossing: Crossing; readonly accounts: string[] }>();
  for (const crossing of all.filter((item) => item.from === account)) {
    const key = `${crossing.kind} ${crossing.subject}`;
    const entry = takers.get(key) ?? { crossing, accounts: [] };
    entry.accounts.push(crossing.to);
    takers.set(key, entry);
  }
  return [...takers.values()].map(({ crossing, accounts }) => {
    const response = crossing.answers === 'many' ? ', response_type: stream' : '';
    return `      { ${crossing.kind}: ${quoted(crossing.subject)}${response}, accounts: [${accounts.join(', ')}] }`;
  });
}

function importLines(account: AccountName, all: readonly Crossing[]): string[] {
  return all
    .filter((crossing) => crossing.to === account)
    .map(({ kind, from, subject, local }) => {
      const renamed = local === undefined ? '' : `, to: ${quoted(local)}`;
      return `      { ${kind}: { account: ${from}, subject: ${quoted(subject)} }${renamed} }`;
    });
}

const block = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`    ${name}: [`, ...lines, '    ]'];

function accountLines(account: AccountName, all: readonly Crossing[], users: ServerConfigOptions['users']): string[] {
  const members = identities.filter((identity) => identity.account === account);
  return [
    `  ${account} {`,
    ...(account === JETSTREAM_ACCOUNT
      ? [`    jetstream: { max_memory: ${MEMORY_STORE_BYTES}, max_file: ${storeBytes()}, max_bytes_required: true }`]
      : []),
    ...block('exports', exportLines(account, all)),
    ...block('imports', importLines(account, all)),
    ...block(
      'users',
      members.map((identity) => userLine(identity, users)),
    ),
    '  }',
  ];
}

function storeBytes(): number {
  const sizes = [...streams, ...buckets].map((item) => item.bytesMax);
  return sizes.reduce((sum, bytes) => sum + bytes, STORE_RESERVE_BYTES);
}

/**
 * The text of nats.conf: accounts, borders and permissions as the tables of @portcullis/contracts say, for nats-server 2.14 or newer.
 * Pure: the same options give the same text. Throws when a public key is missing.
 */
export function natsServerConfig(options: ServerConfigOptions): string {
  const all = crossings();
  const lines = [
    '# Written by Portcullis from its tables of streams and identities. Changes here are overwritten.',
    'server_name: portcullis',
    `listen: ${quoted(`127.0.0.1:${options.port}`)}`,
    ...(options.monitorPort === undefined ? [] : [`http: ${quoted(`127.0.0.1:${options.monitorPort}`)}`]),
    // Every acknowledged message is on the disk; streams of market data opt out one by one.
    `jetstream { store_dir: ${quoted(options.storeDir)}, sync_interval: always, max_memory_store: ${MEMORY_STORE_BYTES}, max_file_store: ${storeBytes()} }`,
    `max_payload: ${MESSAGE_BYTES_MAX}`,
    'write_deadline: "5s"',
    'ping_interval: "10s"',
    // A machine that starts everything at once is slow to answer the challenge; two seconds are too few then.
    'authorization { timeout: 10 }',
    'system_account: SYS',
    'accounts {',
    '  SYS { }',
    ...ACCOUNTS.flatMap((account) => accountLines(account, all, options.users)),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}
