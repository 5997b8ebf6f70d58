declare const brand: unique symbol;

/** A value that only its own constructor makes: mixing two brands does not compile. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
