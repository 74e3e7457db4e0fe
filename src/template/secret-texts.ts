/** The texts of a secret value: what redaction must look for. Short numbers are left out, or every digit of a log would be a secret. */
import type { Json } from '../std/json.ts';

const SHORTEST_NUMBER = 4;

/** Adds every text in the value. */
export function addTexts(value: Json, texts: Set<string>): void {
  if (typeof value === 'string') addText(value, texts);
  else if (typeof value === 'number') addNumber(String(value), texts);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) addTexts(part as Json, texts);
}

function addText(text: string, texts: Set<string>): void {
  if (text !== '') texts.add(text);
}

function addNumber(text: string, texts: Set<string>): void {
  if (text.length >= SHORTEST_NUMBER) texts.add(text);
}
