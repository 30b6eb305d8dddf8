import { createRequire, Module } from 'node:module';
import type * as Mini from 'zod/mini';

const require = createRequire(import.meta.url);

/**
 * zod's small entry point, without its error messages in 64 languages: every entry point loads all of them,
 * a file each, used or not, and they are half of the time that loading zod takes. This project words its
 * findings itself.
 */
function withoutLocales(): typeof Mini {
  const locales = require.resolve('zod/v4/locales');
  const standIn = new Module(locales);
  standIn.exports = {};
  standIn.loaded = true;
  require.cache[locales] ??= standIn;
  try {
    return require('zod/mini') as typeof Mini;
  } finally {
    // Whoever wants them later gets the real ones.
    if (require.cache[locales] === standIn) delete require.cache[locales];
  }
}

export const z = withoutLocales();
// Schemas are made once and used once: turning them into code costs more than it saves.
z.config({ jitless: true });

/** Any schema that accepts a T. */
export type Schema<T = unknown> = Mini.ZodMiniType<T>;
export type Infer<S extends Mini.ZodMiniType> = Mini.infer<S>;
export type ZodError = Mini.core.$ZodError;
export type ZodIssue = Mini.core.$ZodIssue;
export type InvalidType = Mini.core.$ZodIssueInvalidType;
