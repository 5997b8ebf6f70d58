import type { Strategy } from '@portcullis/strategy';
import { z } from 'zod';
import { UsageError } from '../command.ts';

export type ParameterTexts = Readonly<Record<string, string>>;

interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Property[];
}

/**
 * Parameters as the strategy's schema types them: `20` is a number where it wants one and a text where it wants a decimal.
 * Throws {@link UsageError} for one that it does not have; what is wrong with a value is the strategy's own to say.
 */
export function typedParameters(strategy: Strategy, texts: ParameterTexts): Record<string, unknown> {
  const properties = propertiesOf(strategy);
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const property = properties?.[name];
      if (properties !== undefined && property === undefined) {
        const known = Object.keys(properties).join(', ');
        throw new UsageError(`--param ${name}: ${strategy.name} has no such parameter, expected one of ${known}`);
      }
      return [name, typed(text, property === undefined ? [] : typesOf(property))];
    }),
  );
}

/** Undefined where the schema is no object that says which members it has. */
function propertiesOf({ parameters }: Strategy): Readonly<Record<string, Property>> | undefined {
  const schema = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  return schema.additionalProperties === false
    ? (schema.properties as Record<string, Property> | undefined)
    : undefined;
}

function typesOf({ type, anyOf = [] }: Property): string[] {
  const own = type === undefined ? [] : typeof type === 'string' ? [type] : [...type];
  return [...own, ...anyOf.flatMap(typesOf)];
}

function typed(text: string, types: readonly string[]): unknown {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  const wants = (...names: string[]) => names.some((name) => types.includes(name));
  if (isNumber && wants('integer', 'number')) return Number(text);
  if (/^(true|false)$/.test(text) && wants('boolean')) return text === 'true';
  if (wants('array', 'object') && /^[[{]/.test(text)) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  if (types.length === 0 && /^-?\d{1,15}$/.test(text)) return Number(text);
  return text;
}
