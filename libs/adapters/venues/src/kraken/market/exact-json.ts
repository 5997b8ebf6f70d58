import { parsedText } from '../../market/wire-members.ts';

/** Put before the text of a number, so that it is not taken for a text: nothing that we read begins so. */
const NUMBER_MARK = '#';
const QUOTATION_MARK = 34;
const BACKSLASH = 92;
const MINUS = 45;

/**
 * A frame with its numbers as marked texts, because the venue writes prices as JSON numbers whose digits count, trailing
 * zeros too (`"qty":0.00100000`), and the runtime's parser would lose them. What only looks like a number (`1.2.3`) is
 * found where it is read. Throws `Malformed`. Source: Kraken API Center,
 * "Spot Websockets (v2) Book Checksum": "The price and qty fields are pushed onto the wire containing full precision."
 */
export function parseExactly(text: string): unknown {
  let quoted = '';
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTATION_MARK) at = endOfText(text, at);
    else if (isDigit(code) || (code === MINUS && isDigit(text.charCodeAt(at + 1)))) {
      const end = endOfNumber(text, at + 1);
      quoted += `${text.slice(from, at)}"${NUMBER_MARK}${text.slice(at, end)}"`;
      from = end;
      at = end;
    } else at += 1;
  }
  return parsedText(quoted + text.slice(from), text);
}

/** The text of a number. Texts are let through, because the venue's own example of a checksum has numbers as texts. */
export function numberText(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(NUMBER_MARK) ? value.slice(NUMBER_MARK.length) : value;
}

/** Behind the text that opens at `start`; the end of everything where it is not closed. */
function endOfText(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (end < text.length && isOfNumber(text.charCodeAt(end))) end += 1;
  return end;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A digit, the point, a sign or the letter of an exponent. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 46 || code === MINUS || code === 43 || code === 101 || code === 69;
}
