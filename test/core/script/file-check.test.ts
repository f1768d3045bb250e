import { describe, expect, it } from 'vitest';
import { type FileFacts, refuseScript } from '../../../src/core/script/file-check.js';

const nobody = { uid: 65_534, gid: 65_534, name: 'nobody' };
const root = { uid: 0, gid: 0, name: 'root' };
const dir = (mode: number, gid = 0): FileFacts => ({ path: '/opt/checks', kind: 'directory', mode, uid: 0, gid });
const check = (
  file: Partial<FileFacts>,
  directories: FileFacts[] = [dir(0o755)],
  as = nobody,
  path = '/opt/checks/web',
) =>
  refuseScript(
    { path, file: { path: '/opt/checks/web', kind: 'file', mode: 0o755, uid: 0, gid: 0, ...file }, directories },
    as,
  );

describe('a script that may not be run', () => {
  it('is let through when only root can change it', () => expect(check({})).toBeNull());

  it('is writable by others', () =>
    expect(check({ mode: 0o757 })).toBe(
      '/opt/checks/web is writable by group or others (mode 0757): chmod go-w /opt/checks/web',
    ));

  it('is writable by its group', () => expect(check({ mode: 0o775 })).toContain('writable by group or others'));

  it('is a link to something writable', () =>
    expect(check({ mode: 0o777 }, [], nobody, '/usr/local/bin/web')).toBe(
      '/usr/local/bin/web (a link to /opt/checks/web) is writable by group or others (mode 0777): chmod go-w /opt/checks/web',
    ));

  it('is not executable', () =>
    expect(check({ mode: 0o644 })).toBe(
      '/opt/checks/web is not executable for user nobody (mode 0644): chmod a+rx /opt/checks/web',
    ));

  it('is executable for others than the user who runs it', () => {
    expect(check({ mode: 0o700 })).toContain('not executable for user nobody');
    expect(check({ mode: 0o700 }, [dir(0o755)], root)).toBeNull();
    expect(check({ mode: 0o750, gid: 65_534 })).toBeNull();
  });

  it('belongs to somebody else', () => {
    expect(check({ uid: 1_000 })).toContain('belongs to user 1000');
    expect(check({ uid: 65_534 })).toBeNull();
  });

  it('is no file', () => expect(check({ kind: 'directory' })).toBe('/opt/checks/web is not a file'));

  it('lies in a directory where others can replace it', () => {
    expect(check({}, [dir(0o777)])).toContain('directory /opt/checks is writable by group or others (mode 0777)');
    expect(check({}, [dir(0o775, 50)])).toContain('could be replaced');
    expect(check({}, [dir(0o1777)])).toBeNull();
    expect(check({}, [dir(0o2775, 0)])).toBeNull();
  });
});
