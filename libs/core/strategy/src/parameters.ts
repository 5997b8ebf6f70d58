import {
  type InputError,
  MICROS_PER_SECOND,
  type PriceTicks,
  type QuantityLots,
  describeInputError,
  quantityLots,
} from '@portcullis/kernel';
import { formatQuantity, parsePrice, parseQuantity } from '@portcullis/market';
import { z } from 'zod';
import type { Setup } from './strategy.ts';

const PLAIN_DECIMAL = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** Thrown while a strategy is set up: its parameters do not fit the instrument. {@link defineStrategy} makes a refusal of it. */
export class BadParameter extends Error {
  readonly error: InputError;

  constructor(error: InputError) {
    super(describeInputError(error));
    this.name = 'BadParameter';
    this.error = error;
  }
}

function decimal(expected: string): z.ZodString {
  return z.string({ error: expected }).max(64, { error: expected }).regex(PLAIN_DECIMAL, { error: expected });
}

/** A parameter that is a quantity: a decimal string such as `"0.5"`. {@link quantityOf} makes lots of it. */
export function quantity(): z.ZodString {
  return decimal('a quantity as a decimal string, such as "0.5"');
}

/** A parameter that is a price: a decimal string such as `"64000.5"`. {@link priceOf} makes ticks of it. */
export function price(): z.ZodString {
  return decimal('a price as a decimal string, such as "64000.5"');
}

/**
 * A parameter of strategies on bars, in seconds: 0 (its default) takes bars as the venue or the archive gives them, more
 * makes them of trades. For `barMicros` of a definition: {@link barPeriod}.
 */
export function barSeconds(): z.ZodDefault<z.ZodInt> {
  return z.int().min(0).max(86_400).default(0);
}

/** {@link barSeconds} in microseconds; undefined for bars as they are given. */
export function barPeriod(parameters: { readonly barSeconds: number }): number | undefined {
  return parameters.barSeconds === 0 ? undefined : parameters.barSeconds * MICROS_PER_SECOND;
}

type TextOf<P> = { [K in keyof P]: P[K] extends string ? K : never }[keyof P] & string;

/**
 * The quantity in parameter `name` as lots of the run's first instrument. Throws {@link BadParameter} when it is off the
 * lot size or no quantity that the instrument takes.
 */
export function quantityOf<P>(setup: Setup<P>, name: TextOf<P>, instrument = setup.instrument): QuantityLots {
  const text = String(setup.parameters[name]);
  const field = `parameters.${name}`;
  const lots = parseQuantity(instrument, text, field);
  if (!lots.ok) throw new BadParameter(lots.error);
  const least = quantityLots(Math.max(1, instrument.quantityMin));
  if (lots.value < least) {
    const expected = `at least ${formatQuantity(instrument, least)}, the instrument's smallest quantity`;
    throw new BadParameter({ field, value: text, expected });
  }
  if (lots.value > instrument.quantityMax) {
    const expected = `at most ${formatQuantity(instrument, instrument.quantityMax)}, the instrument's largest quantity`;
    throw new BadParameter({ field, value: text, expected });
  }
  return lots.value;
}

/** The price in parameter `name` as ticks of the run's first instrument. Throws {@link BadParameter} when it is no price there. */
export function priceOf<P>(setup: Setup<P>, name: TextOf<P>, instrument = setup.instrument): PriceTicks {
  const text = String(setup.parameters[name]);
  const field = `parameters.${name}`;
  const ticks = parsePrice(instrument, text, field);
  if (!ticks.ok) throw new BadParameter(ticks.error);
  if (ticks.value < instrument.priceMin || ticks.value > instrument.priceMax) {
    throw new BadParameter({ field, value: text, expected: "a price inside the instrument's bounds" });
  }
  return ticks.value;
}
