import { mkdirSync } from 'node:fs';
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBTableFunction,
  type DuckDBTableFunctionBindInfo,
  type DuckDBTableFunctionInfo,
  type DuckDBTableFunctionInitInfo,
  type DuckDBValue,
  INTEGER,
} from '@duckdb/node-api';
import { assert } from '@portcullis/kernel';
import { columnsOf, type DuckColumn, type DuckInput, fillChunk, nullColumns, typeOf } from './duck-vectors.ts';

export type { DuckColumn, DuckInput } from './duck-vectors.ts';

export interface DuckOptions {
  /** What queries may hold in memory, MiB; what goes beyond it is spilled into `tmpDir`. */
  readonly memoryMb: number;
  readonly threads: number;
  /** Where sorts spill to. Made when it is not there. */
  readonly tmpDir: string;
}

/** Up to {@link CHUNK_ROWS} rows. The arrays are the receiver's own. The archive has no nulls: one reads as zero or ''. */
export interface DuckChunk {
  readonly rows: number;
  readonly columns: readonly DuckColumn[];
  /** Which columns have nulls. */
  readonly nulls: readonly number[];
}

/** Rows that JavaScript holds, for a query to read: equally long columns side by side. */
export interface RowSource {
  readonly names: readonly string[];
  readonly columns: readonly DuckInput[];
  readonly rows: number;
}

/** Rows of one data chunk of DuckDB. */
export const CHUNK_ROWS = 2048;
/** Rows appended between two breaths of the event loop. */
const BREATH_ROWS = 64 * CHUNK_ROWS;
/** The table function that reads a {@link RowSource}. */
const SOURCE_FUNCTION = 'row_source';

/**
 * DuckDB in memory, for sorting, writing and reading Parquet files. It loads no extension and opens no network
 * connection; one session serves one piece of work and is closed after it. Queries run on DuckDB's own threads, any
 * number of them at a time.
 */
export class Duck {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #sources = new Map<number, RowSource>();
  #sourceLast = 0;
  #closed = false;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name: SOURCE_FUNCTION,
        parameterTypes: [INTEGER],
        bindFunction: (info) => {
          this.#bindSource(info);
        },
        initFunction: beginSource,
        mainFunction: (info, chunk) => {
          this.#readSource(info, chunk);
        },
      }),
    );
  }

  static async open({ memoryMb, threads, tmpDir }: DuckOptions): Promise<Duck> {
    mkdirSync(tmpDir, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMb}MiB`,
      threads: String(threads),
      temp_directory: tmpDir,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      // The order of rows is what the archive promises.
      preserve_insertion_order: 'true',
    });
    return new Duck(instance, await instance.connect());
  }

  /** Runs statements and gives nothing back. */
  async run(sql: string): Promise<void> {
    await this.#connected(async (connection) => connection.run(sql));
  }

  /** All rows of a small answer, by column name; BIGINT and larger come as bigint. */
  async rows(sql: string): Promise<Record<string, DuckDBValue>[]> {
    return this.#connected(async (connection) => (await connection.runAndReadAll(sql)).getRowObjects());
  }

  /** The rows of a query chunk by chunk, without holding them all. */
  async *stream(sql: string): AsyncGenerator<DuckChunk, void, undefined> {
    const connection = await this.#instance.connect();
    try {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield { rows: chunk.rowCount, columns: columnsOf(chunk), nulls: nullColumns(chunk) };
      }
    } finally {
      connection.disconnectSync();
    }
  }

  /**
   * Runs `use` with a name under which queries read rows that JavaScript holds, in their order:
   * `SELECT … FROM ${name}`. Nothing is copied before it is read, so the columns must not change until then.
   */
  async withSource<T>(source: RowSource, use: (name: string) => Promise<T>): Promise<T> {
    const id = ++this.#sourceLast;
    this.#sources.set(id, source);
    try {
      return await use(`${SOURCE_FUNCTION}(${id})`);
    } finally {
      this.#sources.delete(id);
    }
  }

  /** Appends the first `rows` rows of columns to a table. Each must have the type of the table's column. */
  async appendColumns(table: string, columns: readonly DuckInput[], rows: number): Promise<void> {
    const appender = await this.#connection.createAppender(table);
    try {
      assert(appender.columnCount === columns.length, `table ${table} has ${appender.columnCount} columns`);
      const types = columns.map((_, index) => appender.columnType(index));
      const chunk = DuckDBDataChunk.create(types);
      for (let from = 0; from < rows; from += CHUNK_ROWS) {
        // Gives the memory of long texts back.
        chunk.reset();
        const count = Math.min(CHUNK_ROWS, rows - from);
        fillChunk(chunk, columns, from, count);
        appender.appendDataChunk(chunk);
        if (from > 0 && from % BREATH_ROWS === 0) await breath();
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.disconnectSync();
    this.#instance.closeSync();
  }

  /** A connection runs one statement at a time, so each gets its own. */
  async #connected<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.disconnectSync();
    }
  }

  #bindSource(info: DuckDBTableFunctionBindInfo): void {
    const id = Number(info.getParameter(0));
    const source = this.#sources.get(id);
    if (source === undefined) {
      info.setError(`there is no row source ${id}`);
      return;
    }
    source.names.forEach((name, index) => {
      info.addResultColumn(name, typeOf(source.columns[index] as DuckInput));
    });
    info.setBindData({ id });
    info.setCardinality(source.rows, true);
  }

  #readSource(info: DuckDBTableFunctionInfo, chunk: DuckDBDataChunk): void {
    const source = this.#sources.get((info.getBindData() as { id: number }).id);
    const position = info.getInitData() as { at: number };
    const count = source === undefined ? 0 : Math.min(CHUNK_ROWS, source.rows - position.at);
    if (source === undefined || count === 0) {
      chunk.rowCount = 0;
      return;
    }
    fillChunk(chunk, source.columns, position.at, count);
    position.at += count;
  }
}

/** One thread reads a source, from its begin: so its rows keep their order. */
function beginSource(info: DuckDBTableFunctionInitInfo): void {
  info.setInitData({ at: 0 });
  info.setMaxThreads(1);
}

export async function openDuck(options: DuckOptions): Promise<Duck> {
  return Duck.open(options);
}

/** Text as a literal of SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name (of a column, of a table) as SQL takes it, whatever is in it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
