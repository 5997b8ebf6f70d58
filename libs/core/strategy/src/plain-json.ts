/** Deeper than this nobody nests on purpose: it is an object that holds itself. */
const DEPTH_MAX = 32;

/**
 * Which part of a value does not survive JSON, such as `seen is a Map`; undefined where all of it does. A member that is
 * undefined counts as absent.
 */
export function plainJsonComplaint(value: unknown, path = 'state', depth = 0): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case 'object':
      return value === null ? undefined : objectComplaint(value, path, depth);
    case 'bigint':
    case 'function':
    case 'symbol':
      return `${path} is a ${typeof value}`;
  }
}

function objectComplaint(value: object, path: string, depth: number): string | undefined {
  if (depth >= DEPTH_MAX) return `${path} is nested more than ${DEPTH_MAX} deep`;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      const item: unknown = value[at];
      const complaint =
        item === undefined ? `${path}[${at}] is undefined` : plainJsonComplaint(item, `${path}[${at}]`, depth + 1);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `${path} is a ${value.constructor.name}`;
  for (const [name, member] of Object.entries(value)) {
    const complaint = plainJsonComplaint(member, `${path}.${name}`, depth + 1);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}
