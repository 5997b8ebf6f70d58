import type { InputError } from '@portcullis/kernel';
import { quantityOf } from './parameters.ts';
import { oneInstrument, type Setup } from './strategy.ts';

/** For strategies that quote one instrument on both sides: what is wrong where the inventory holds less than a quote. */
export function checkInventory(
  setup: Setup<{ readonly quantity: string; readonly inventoryMax: string }>,
): InputError | undefined {
  const { quantity, inventoryMax } = setup.parameters;
  if (quantityOf(setup, 'inventoryMax') >= quantityOf(setup, 'quantity')) return oneInstrument(setup);
  return { field: 'parameters.inventoryMax', value: inventoryMax, expected: `at least the quantity of ${quantity}` };
}
