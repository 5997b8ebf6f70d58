// A process of its own that adds one to a number in a store, again and again: file-racer.ts <url> <times>.
import { openObjectStore, ObjectStoreError } from '../src/index.ts';

const [url = '', times = '0'] = process.argv.slice(2);
const store = openObjectStore(url);
const PADDING = 'x'.repeat(50_000);

for (let done = 0; done < Number(times);) {
  try {
    const { body, info } = await store.read('count');
    const { count } = JSON.parse(Buffer.from(body).toString()) as { count: number };
    await store.put('count', Buffer.from(JSON.stringify({ count: count + 1, PADDING })), { etag: info.etag });
    done += 1;
    process.stdout.write('+');
  } catch (error) {
    if (!(error instanceof ObjectStoreError) || error.trouble !== 'conflict') throw error;
  }
}
