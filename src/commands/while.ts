import { ExitCode, HastconfError } from '../errors.js';

/**
 * Tells a lost line or a time limit in words of the task, for example "while reading its state": which of the many
 * scripts it hit says nothing to the reader. Everything else passes as it is.
 */
export async function whileDoing<T>(doing: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof HastconfError ? inWordsOf(doing, error) : error;
  }
}

function inWordsOf(doing: string, error: HastconfError): HastconfError {
  const { exit, node, message, cause } = error;
  if (node === undefined) return error;
  if (exit === ExitCode.Timeout) {
    return new HastconfError(exit, `${node}: no answer in time while ${doing}`, {
      node,
      detail: message,
      remedy: `check what hangs on ${node} (ps -axl), then run it again`,
      cause,
    });
  }
  if (exit !== ExitCode.Unreachable || !message.includes('the connection was lost')) return error;
  return new HastconfError(exit, `${node}: the connection was lost while ${doing}`, {
    node,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    remedy: `once ${node} answers, run it again: it looks first at what is done already`,
    cause,
  });
}
