import type { MountFacts } from './types.js';

export function mountsCommand(): string {
  return 'frame mounts mount -p\nframe swap swapinfo -k\n';
}

/** `mount -p`: fstab's six fields; blanks inside a field are written as octal escapes. */
export function parseMounts(text: string): MountFacts[] {
  const mounts: MountFacts[] = [];
  for (const line of text.split('\n')) {
    const [device, mountpoint, type, options] = line.trim().split(/\s+/);
    if (!device || !mountpoint || !type || !options) continue;
    mounts.push({ device: octal(device), mountpoint: octal(mountpoint), type, options });
  }
  return mounts;
}

function octal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
