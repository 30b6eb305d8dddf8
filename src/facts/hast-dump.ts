import type { HastMetadataFacts } from './types.js';

/** One `hastctl dump RESOURCE`; undefined when it shows no complete metadata. */
export function parseHastDump(text: string): HastMetadataFacts | undefined {
  const resource = /^resource: (\S+)$/m.exec(text)?.[1];
  const keys = new Map(
    [...text.matchAll(/^ {4}(\w+): (\S+)/gm)].map((match) => [match[1]!, match[2]!] as const),
  );
  const number = (key: string): number => Number(keys.get(key) ?? Number.NaN);
  const [resuid, prevrole] = [keys.get('resuid'), keys.get('prevrole')];
  if (resource === undefined || resuid === undefined || prevrole === undefined) return undefined;
  const sizes = {
    datasize: number('datasize'),
    extentsize: number('extentsize'),
    keepdirty: number('keepdirty'),
    localoff: number('localoff'),
    localcnt: number('localcnt'),
    remotecnt: number('remotecnt'),
  };
  if (Object.values(sizes).some(Number.isNaN)) return undefined;
  return {
    resource,
    ...sizes,
    resuid,
    prevrole: prevrole === 'primary' || prevrole === 'secondary' ? prevrole : 'init',
  };
}
