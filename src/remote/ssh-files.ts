import type { Client, SFTPWrapper } from 'ssh2';
import { HastconfError } from '../errors.js';
import { checkContent, checkPath, type RunScript, readByScript, writeByScript } from './file-scripts.js';
import { limited } from './limits.js';
import { openSftp, readBySftp, sftpCanOwn, writeBySftp } from './sftp.js';
import type { FileAttributes } from './target.js';

export interface SshFilesSetup {
  node: string;
  /** The connection, when its user is root, so that SFTP may be used; undefined: scripts only. */
  client: Client | undefined;
  run: RunScript;
  /** Counts a channel. */
  onChannel: () => void;
  /** Throws when the line is gone. */
  checkLine: (label: string) => void;
  /** Aborted when the line goes. */
  gone: AbortSignal;
}

/**
 * Files of a node: through SFTP where possible. Its errors are bare codes ("Failure"), so whatever fails
 * there is done again by a script, whose words say why.
 */
export class SshFiles {
  readonly #setup: SshFilesSetup;
  /** Decided once a connection. */
  #sftp: Promise<SFTPWrapper | undefined> | undefined;

  constructor(setup: SshFilesSetup) {
    this.#setup = setup;
  }

  async read(path: string): Promise<string | undefined> {
    checkPath(path);
    return this.#attempt(
      `read ${path}`,
      (sftp) => readBySftp(sftp, path),
      () => readByScript(this.#setup.node, this.#setup.run, path),
    );
  }

  async write(path: string, content: string, attributes: FileAttributes): Promise<void> {
    checkPath(path);
    checkContent(this.#setup.node, path, content);
    const byScript = () => writeByScript(this.#setup.node, this.#setup.run, path, content, attributes);
    if (!sftpCanOwn(attributes)) return byScript();
    return this.#attempt(`write ${path}`, (sftp) => writeBySftp(sftp, path, content, attributes), byScript);
  }

  /** Another session is wanted, and the node has no more: from now on files go by scripts. */
  giveSessionUp(): void {
    const opened = this.#sftp;
    this.#sftp = Promise.resolve(undefined);
    void opened?.then((sftp) => sftp?.end());
  }

  async #open(label: string): Promise<SFTPWrapper | undefined> {
    const { client, checkLine, onChannel } = this.#setup;
    if (!client) return undefined;
    checkLine(label);
    this.#sftp ??= (async () => {
      onChannel();
      return openSftp(client);
    })();
    return this.#sftp;
  }

  async #attempt<T>(
    label: string,
    bySftp: (sftp: SFTPWrapper) => Promise<T>,
    byScript: () => Promise<T>,
  ): Promise<T> {
    const sftp = await this.#open(label);
    if (!sftp) return byScript();
    const giveUp = () => {
      this.#sftp = Promise.resolve(undefined);
      sftp.end();
    };
    try {
      return await limited(
        this.#setup.node,
        label,
        {},
        () => unlessGone(this.#setup.gone, bySftp(sftp)),
        giveUp,
      );
    } catch (error) {
      if (error instanceof HastconfError) throw error;
      this.#setup.checkLine(label);
      return byScript();
    }
  }
}

/** ssh2 answers the SFTP requests that are open when the line goes, but never those that are made later. */
async function unlessGone<T>(gone: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Error('the line is gone'));
  });
  gone.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, lost]);
  } finally {
    gone.removeEventListener('abort', stop);
  }
}
