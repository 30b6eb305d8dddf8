import { applySection } from './apply.js';
import { failoverSection } from './failover.js';
import { type Section, sectionText } from './measure.js';
import { renderSection } from './render.js';
import { startSection } from './start.js';

const SECTIONS: Readonly<Record<string, () => Promise<Section>>> = {
  start: startSection,
  render: renderSection,
  apply: applySection,
  failover: failoverSection,
};

/** `npm run bench [-- SECTION…] [--json]`: all sections, or those named. Exit 1: not all could be measured. */
async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const named = argv.filter((word) => word !== '--json');
  const unknown = named.filter((name) => !(name in SECTIONS));
  if (unknown.length > 0) {
    process.stderr.write(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}\n`);
    return 2;
  }
  const document: Record<string, unknown> = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
  let failed = false;
  for (const [name, run] of Object.entries(SECTIONS)) {
    if (named.length > 0 && !named.includes(name)) continue;
    const section = await run();
    document[name] = section.data;
    failed ||= section.failed === true;
    if (!json) process.stdout.write(`${sectionText(section)}\n\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return failed ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
