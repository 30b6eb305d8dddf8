import { describe, expect, it } from 'vitest';
import { loginText, parseLogin } from '../../src/wizard/login.js';

describe('a login', () => {
  it.each([
    ['192.0.2.11', { host: '192.0.2.11', become: 'none' }],
    [
      'ssh root@nas1 -p 2222 -i ~/.ssh/id',
      { host: 'nas1', user: 'root', port: 2222, identity: '~/.ssh/id', become: 'none' },
    ],
    ['-p2222 -l admin nas1', { host: 'nas1', user: 'admin', port: 2222, become: 'none' }],
    ['admin@nas1:2222', { host: 'nas1', user: 'admin', port: 2222, become: 'none' }],
    ['ssh://root@nas1:22/', { host: 'nas1', user: 'root', port: 22, become: 'none' }],
    ['root@2001:db8::1', { host: '2001:db8::1', user: 'root', become: 'none' }],
    ['root@[2001:db8::1]:2222', { host: '2001:db8::1', user: 'root', port: 2222, become: 'none' }],
    ['local', { local: true }],
  ])('%s', (line, login) => {
    expect(parseLogin(line)).toEqual(login);
  });

  it.each([
    ['', /one machine/],
    ['nas1 nas2', /one machine/],
    ['root@', /one machine/],
    ['nas1 -p', /needs a value/],
    ['nas1 -p http', /no port number/],
    ['nas1 -o ProxyCommand=x', /not understood/],
  ])('%s is none', (line, reason) => {
    expect(parseLogin(line)).toMatch(reason);
  });

  it.each(['root@192.0.2.11', 'admin@nas1 -p 2222 -i /k', 'nas1', 'root@2001:db8::1 -p 22', 'local'])(
    '%s is written as it was typed',
    (line) => {
      const login = parseLogin(line);
      expect(typeof login === 'string' ? login : loginText(login)).toBe(line);
    },
  );
});
