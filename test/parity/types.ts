/** What a script printed and how it ended. */
export interface Said {
  code: number | null;
  /** stdout and stderr in one stream, as a terminal shows them. */
  text: string;
}

/** Two machines or two simulated nodes on which the same commands run. */
export interface Stage {
  run(node: string, script: string): Promise<Said>;
  close(): Promise<void>;
}

export interface Case {
  /** hasta where nothing is said. */
  node?: 'hasta' | 'hastb';
  /** For /bin/sh. */
  run: string;
  /** Not compared and not recorded: it only brings the machines to the next case. */
  quiet?: true;
}

/** Cases in their order; each group begins on clean machines where `fresh` is set. */
export interface Group {
  name: string;
  title: string;
  cases: readonly Case[];
}
