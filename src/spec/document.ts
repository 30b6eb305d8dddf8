import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Problem } from '../errors.js';
import type { Finding } from './findings.js';
import type { Path } from './schema-walk.js';

/** A parsed cluster file that still knows where everything stands. */
export interface SpecDocument {
  data: unknown;
  /** Syntax errors, duplicate keys and everything else that YAML itself objects to. */
  problems: Problem[];
  locate(finding: Finding): Problem;
}

/** Parses YAML 1.2. Warnings (an unknown tag, for example) count as errors: nothing is guessed. */
export function parseSpecDocument(text: string, file: string): SpecDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: 'error',
  });
  const problem = (offset: number, id: string, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { id, file, line, column: col, message };
  };
  const problems = [...document.errors.filter(isFirst), ...document.warnings].map((error) =>
    problem(error.pos[0], error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax', words(error)),
  );
  visit(document, {
    Pair: (_, { key }) => {
      if (isNode(key) && !isScalar(key)) {
        problems.push(problem(key.range?.[0] ?? 0, 'yaml-syntax', 'a key must be text'));
      }
    },
  });
  return {
    // With a key that stands twice, the rest can still be checked.
    data: document.errors.every((error) => error.code === 'DUPLICATE_KEY')
      ? toData(document, problems, file)
      : undefined,
    problems,
    locate: (finding) => locate(finding, document, lines, file),
  };
}

/** After a first syntax error, YAML stumbles over all the rest: only that one helps. */
function isFirst(error: YAMLError, _: number, all: readonly YAMLError[]): boolean {
  return error.code === 'DUPLICATE_KEY' || error === all.find((other) => other.code !== 'DUPLICATE_KEY');
}

function words(error: YAMLError): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key stands here twice';
  if (error.code === 'MULTIPLE_DOCS') return 'a second YAML document starts here';
  // YAML quotes what it stumbled over, which may be a secret; the place says enough.
  return error.message.replace(/: ".*"$/s, '');
}

function toData(document: Document.Parsed, problems: Problem[], file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ id: 'yaml-syntax', file, line: 1, column: 1, message });
    return undefined;
  }
}

function locate(finding: Finding, document: Document.Parsed, lines: LineCounter, file: string): Problem {
  const offset = offsetOf(finding, document);
  const { line, col } = lines.linePos(offset);
  return {
    id: finding.id,
    file,
    path: pathText(finding.path),
    line,
    column: col,
    message: finding.message,
    ...(finding.remedy === undefined ? {} : { remedy: finding.remedy }),
  };
}

/** The place of the value, of its key, or of the closest thing above it that does exist. */
function offsetOf(finding: Finding, document: Document.Parsed): number {
  let path = finding.path;
  let wantKey = finding.at === 'key';
  while (path.length > 0) {
    const node = wantKey ? keyNode(document, path) : valueNode(document, path);
    if (node?.range) return node.range[0];
    path = wantKey ? path : path.slice(0, -1);
    // A missing key is told at the key of the map that lacks it.
    wantKey = !wantKey;
  }
  return document.contents?.range?.[0] ?? 0;
}

function valueNode(document: Document.Parsed, path: Path): Node | undefined {
  const node = document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

function keyNode(document: Document.Parsed, path: Path): Node | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const last = String(path[path.length - 1]);
  const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === last);
  return isNode(pair?.key) ? pair.key : undefined;
}

/** `nodes.hasta.ssh.port`, `storage[0].resource`. */
function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}
