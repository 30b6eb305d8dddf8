/** Names after `resource` in somebody's hast.conf; a rough look that only serves to tell what is in it. */
export function resourcesInHastConf(content: string): string[] {
  const bare = content.replaceAll(/#.*$/gm, '');
  return [...bare.matchAll(/\bresource\s+([A-Za-z0-9._/:[\]-]+)/g)].map((match) => match[1]!);
}
