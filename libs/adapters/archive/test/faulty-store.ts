import type { ObjectInfo, ObjectStore } from '@portcullis/objects';

export type StoreOperation =
  'put' | 'putFile' | 'get' | 'read' | 'getFile' | 'head' | 'sha256' | 'list' | 'folders' | 'delete';

/** A store that asks `fault` before and after each operation; what it throws is what the operation throws. */
export function faultyStore(
  store: ObjectStore,
  fault: (operation: StoreOperation, key: string, phase: 'before' | 'after') => void | Promise<void>,
): ObjectStore {
  const around = async <T>(operation: StoreOperation, key: string, work: () => Promise<T>): Promise<T> => {
    await fault(operation, key, 'before');
    const result = await work();
    await fault(operation, key, 'after');
    return result;
  };
  return {
    url: store.url,
    put: (key, body, condition) => around('put', key, () => store.put(key, body, condition)),
    putFile: (key, path, condition) => around('putFile', key, () => store.putFile(key, path, condition)),
    get: (key, range) => around('get', key, () => store.get(key, range)),
    read: (key) => around('read', key, () => store.read(key)),
    getFile: (key, path) => around('getFile', key, () => store.getFile(key, path)),
    head: (key) => around('head', key, () => store.head(key)),
    sha256: (key) => around('sha256', key, () => store.sha256(key)),
    async *list(prefix): AsyncGenerator<ObjectInfo> {
      await fault('list', prefix, 'before');
      yield* store.list(prefix);
    },
    async *folders(prefix): AsyncGenerator<string> {
      await fault('folders', prefix, 'before');
      yield* store.folders(prefix);
    },
    delete: (key) => around('delete', key, () => store.delete(key)),
    close: () => store.close(),
  };
}
