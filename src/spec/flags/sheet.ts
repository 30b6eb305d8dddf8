import { isAbsolute, resolve } from 'node:path';

type Key = string | number;
type Keys = readonly Key[];
type Container = Record<Key, unknown>;

/** The cluster file's data while flags are written into it; remembers which of them gave what. */
export class Sheet {
  readonly data: Container;
  readonly #cwd: string;
  readonly #origins: { path: Keys; by: string }[] = [];
  #by = '';

  /** `data` is changed in place. */
  constructor(data: Container, cwd: string) {
    this.data = data;
    this.#cwd = cwd;
  }

  /** Everything from here on is given by this flag. */
  writing(by: string): this {
    this.#by = by;
    return this;
  }

  get(path: Keys): unknown {
    return path.reduce<unknown>(
      (value, key) => (isContainer(value) && own(value, key) ? value[key] : undefined),
      this.data,
    );
  }

  /** Makes what is missing on the way; what is there but no map or list is replaced. */
  set(path: Keys, value: unknown): void {
    let place = this.data;
    path.slice(0, -1).forEach((key, index) => {
      const next = own(place, key) ? place[key] : undefined;
      if (!isContainer(next)) define(place, key, typeof path[index + 1] === 'number' ? [] : {});
      place = place[key] as Container;
    });
    define(place, path.at(-1)!, value);
    this.claim(path);
  }

  remove(path: Keys): void {
    const parent = this.get(path.slice(0, -1));
    if (isContainer(parent)) delete parent[path.at(-1)!];
  }

  /** Says that this place is the current flag's. */
  claim(path: Keys): void {
    this.#origins.push({ path, by: this.#by });
  }

  /** Adds to a list that flags replace as a whole. */
  append(path: Keys, value: unknown): number {
    const fresh = !this.#origins.some((origin) => samePath(origin.path, path));
    if (fresh || !Array.isArray(this.get(path))) this.set(path, []);
    const list = this.get(path) as unknown[];
    this.set([...path, list.length], value);
    return list.length - 1;
  }

  /** A file's name, which on the command line starts from the working directory. */
  file(name: string): string {
    return name === '' || name.startsWith('~/') || isAbsolute(name) ? name : resolve(this.#cwd, name);
  }

  /** The flag that gave this value or the closest thing around it. */
  origin(path: Keys): string | undefined {
    return this.#closest(
      (origin) => origin.length <= path.length && samePath(origin, path.slice(0, origin.length)),
    );
  }

  /** A flag that gave something inside. */
  originWithin(path: Keys): string | undefined {
    return this.#closest((origin) => samePath(origin.slice(0, path.length), path));
  }

  #closest(fits: (origin: Keys) => boolean): string | undefined {
    const found = this.#origins.filter(({ path }) => fits(path));
    return found.reduce<(typeof found)[number] | undefined>(
      (best, one) => (best === undefined || one.path.length >= best.path.length ? one : best),
      undefined,
    )?.by;
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function own(value: Container, key: Key): boolean {
  return Object.hasOwn(value, key);
}

/** A node may be called `__proto__` as far as this code is concerned; the rules refuse it later. */
function define(place: Container, key: Key, value: unknown): void {
  Object.defineProperty(place, key, { value, writable: true, enumerable: true, configurable: true });
}

function samePath(left: Keys, right: Keys): boolean {
  return left.length === right.length && left.every((key, index) => key === right[index]);
}
