/**
 * What is on a copy of the data, so that "misses an acknowledged write" is exact: a line of writes that branches where
 * two copies go on apart. A copy holds the first `n` writes of its branch and what that branch grew from.
 */
export interface Branch {
  parent: Branch | null;
  /** How many writes of the parent this branch grew from. */
  at: number;
  length: number;
}

export interface Copy {
  branch: Branch;
  n: number;
  /** A synchronisation was cut off: some blocks are new, some old. */
  torn: boolean;
}

/** An acknowledged write, and with it all that came before it on its line. */
export interface Tip {
  branch: Branch;
  n: number;
}

export function newBranch(parent: Branch | null, at: number): Branch {
  return { parent, at, length: 0 };
}

export function contains(copy: Copy, write: Tip): boolean {
  if (copy.torn) return false;
  let branch: Branch | null = copy.branch;
  let n = copy.n;
  while (branch !== null) {
    if (branch === write.branch) return n >= write.n;
    n = branch.at;
    branch = branch.parent;
  }
  return write.n === 0 && write.branch.parent === null;
}

export function same(a: Copy, b: Copy): boolean {
  return !a.torn && !b.torn && a.branch === b.branch && a.n === b.n;
}

/** One more write on this copy. */
export function append(copy: Copy): void {
  if (copy.n !== copy.branch.length) {
    copy.branch = newBranch(copy.branch, copy.n);
    copy.n = 0;
  }
  copy.branch.length += 1;
  copy.n += 1;
}

export function overwrite(target: Copy, source: Copy): void {
  target.branch = source.branch;
  target.n = source.n;
  target.torn = source.torn;
}

/** Acknowledged writes that must not get lost; usually one line. */
export class Promises {
  tips: Tip[] = [];

  /** There is no copy that has all of them. */
  get parted(): boolean {
    return this.tips.length > 1;
  }

  add(copy: Copy): void {
    const first = this.tips[0];
    if (this.tips.length === 1 && first !== undefined && first.branch === copy.branch) {
      if (first.n < copy.n) first.n = copy.n;
      return;
    }
    this.tips = this.tips.filter((tip) => !contains(copy, tip));
    this.tips.push({ branch: copy.branch, n: copy.n });
  }

  missing(copy: Copy): boolean {
    for (const tip of this.tips) if (!contains(copy, tip)) return true;
    return false;
  }

  /** Would this copy lose something if it became the other one? */
  lost(target: Copy, source: Copy): boolean {
    for (const tip of this.tips) if (contains(target, tip) && !contains(source, tip)) return true;
    return false;
  }

  /** A person has decided that this copy is the one. */
  settleFor(copy: Copy): void {
    this.tips = this.tips.filter((tip) => contains(copy, tip));
  }
}
