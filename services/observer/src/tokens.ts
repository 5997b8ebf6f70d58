/** The connection to the bus, for what is injected. */
export const BUS = Symbol('BUS');

/** The checked configuration. */
export const CONFIG = Symbol('CONFIG');
