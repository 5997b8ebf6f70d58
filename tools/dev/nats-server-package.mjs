import { join } from 'node:path';
import { withDebianPackages } from './debian-packages.mjs';

/**
 * Downloads and unpacks Debian's nats-server package in a private directory. From sid, because Debian's stable releases
 * carry versions older than the one that is needed.
 * @param {(binary: string, packageName: string) => Promise<T>} use gets the unpacked binary, which is gone afterwards
 * @returns {Promise<T>}
 * @template T
 */
export function withPackagedNatsServer(use) {
  return withDebianPackages({ sid: ['nats-server'] }, (unpacked, [name]) =>
    use(join(unpacked, 'usr/sbin/nats-server'), name),
  );
}
