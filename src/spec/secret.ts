import { inspect } from 'node:util';

const REDACTED = '[secret]';

/**
 * A value that redacts itself in strings, JSON, templates and console output.
 * Only {@link Secret.reveal} gives it away, at the one place that hands it to a node.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value. Call it only where it is written to a node or compared. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Replaces every occurrence of the secrets in `text`: for diffs, logs and a node's own words. */
export function redact(text: string, secrets: readonly Secret[]): string {
  return secrets
    .map((secret) => secret.reveal())
    .filter((value) => value !== '')
    .reduce((shown, value) => shown.replaceAll(value, REDACTED), text);
}
