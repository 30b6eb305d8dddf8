import { readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import type { SFTPWrapper } from 'ssh2';
import type { RootedFiles } from '../shell/files.js';
import { SftpServer } from './sftp-requests.js';
import { announceExtensions, named, STATUS, STATUS_CODE } from './sftp-words.js';

export interface SftpOptions {
  files: RootedFiles;
  home: string;
  diskFull: () => boolean;
}

/** The SFTP subsystem of a node: its files through the protocol, version 3. */
export function serveSftp(sftp: SFTPWrapper, options: SftpOptions): void {
  announceExtensions(sftp);
  const server = new SftpServer(options);
  const answer = (id: number, act: () => void) => {
    try {
      act();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      sftp.status(id, STATUS[code] ?? STATUS_CODE.FAILURE);
    }
  };
  const done = (id: number, act: () => void) =>
    answer(id, () => {
      act();
      sftp.status(id, STATUS_CODE.OK);
    });
  sftp.on('OPEN', (id, path, flags, attrs) =>
    answer(id, () => sftp.handle(id, server.open(path, flags, attrs))),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, () => {
      const data = server.read(handle, offset, length);
      if (data.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, data);
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) => done(id, () => server.write(handle, offset, data)));
  sftp.on('CLOSE', (id, handle) => done(id, () => server.close(handle)));
  sftp.on('STAT', (id, path) => answer(id, () => sftp.attrs(id, server.stat(path))));
  sftp.on('LSTAT', (id, path) => answer(id, () => sftp.attrs(id, server.lstat(path))));
  sftp.on('FSTAT', (id, handle) => answer(id, () => sftp.attrs(id, server.fstat(handle))));
  sftp.on('SETSTAT', (id, path, attrs) => done(id, () => server.setstat(path, attrs)));
  sftp.on('FSETSTAT', (id, handle, attrs) => done(id, () => server.fsetstat(handle, attrs)));
  sftp.on('OPENDIR', (id, path) => answer(id, () => sftp.handle(id, server.opendir(path))));
  sftp.on('READDIR', (id, handle) =>
    answer(id, () => {
      const names = server.readdir(handle);
      if (names.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.name(id, names);
    }),
  );
  sftp.on('REMOVE', (id, path) => done(id, () => server.place(path, unlinkSync)));
  sftp.on('RMDIR', (id, path) => done(id, () => server.place(path, rmdirSync)));
  sftp.on('MKDIR', (id, path, attrs) => done(id, () => server.mkdir(path, attrs)));
  sftp.on('RENAME', (id, from, to) => done(id, () => server.rename(from, to, false)));
  sftp.on('REALPATH', (id, path) =>
    answer(id, () => sftp.name(id, [named(server.realpath(path), undefined)])),
  );
  sftp.on('READLINK', (id, path) =>
    answer(id, () =>
      sftp.name(id, [
        named(
          server.place(path, (at) => readlinkSync(at)),
          undefined,
        ),
      ]),
    ),
  );
  sftp.on('SYMLINK', (id, target, link) =>
    done(id, () => server.place(link, (at) => symlinkSync(target, at))),
  );
  sftp.on('EXTENDED', (id, name, data) => {
    if (name === 'posix-rename@openssh.com') {
      const [from = '', to = ''] = strings(data);
      return done(id, () => server.rename(from, to, true));
    }
    if (name === 'fsync@openssh.com') return done(id, () => server.fsync(data.subarray(4)));
    sftp.status(id, STATUS_CODE.OP_UNSUPPORTED);
  });
  sftp.on('close', () => server.end());
  sftp.on('end', () => {
    server.end();
    sftp.end();
  });
}

function strings(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const length = data.readUInt32BE(at);
    found.push(data.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}
