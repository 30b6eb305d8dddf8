import { expect } from 'vitest';

const SAMPLE = /^([a-z_]+)\{([a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*)\} -?\d+(\.\d+)?$/;

/** The text exposition format, version 0.0.4: HELP, TYPE, then this metric's samples and no others; no sample twice. */
export function checkMetrics(text: string): void {
  expect(text.endsWith('\n')).toBe(true);
  const seen = new Set<string>();
  let metric = '';
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# HELP ([a-z_]+) \S.*$/.exec(line);
    const type = /^# TYPE ([a-z_]+) gauge$/.exec(line);
    if (help) {
      metric = help[1]!;
      expect(seen.has(metric), `${metric} has two heads`).toBe(false);
      seen.add(metric);
    } else if (type) expect(type[1]).toBe(metric);
    else {
      expect(SAMPLE.exec(line)?.[1], line).toBe(metric);
      const of = line.slice(0, line.lastIndexOf(' '));
      expect(seen.has(of), `${of} stands twice`).toBe(false);
      seen.add(of);
    }
  }
}
