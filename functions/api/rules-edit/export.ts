import { Document, isMap, isNode, isSeq, parseDocument, visit, type YAMLMap, YAMLSeq } from 'yaml';
import { storedIn, textOf } from './files.ts';
import type { RulesEditPorts } from './ports.ts';

/** `GET /api/v1/rules/export`: all groups that hold, in one Prometheus rule file. */
export async function exportAll(ports: RulesEditPorts): Promise<string> {
  const head = await ports.store.head();
  const names = new Set([...ports.deployed.keys(), ...head.files.map(({ name }) => name)]);
  const texts: (readonly [name: string, text: string])[] = [];
  for (const name of [...names].sort()) {
    const text = await textOf(ports, name, storedIn(head, name));
    if (text !== undefined) texts.push([name, text]);
  }
  return joinRuleFiles(texts);
}

/**
 * The groups of rule files as one file, with their comments. A group of a name that one before it has gets its
 * file's name behind its own, as a file's groups have different names. A file that is no YAML is named in a comment.
 */
function joinRuleFiles(files: readonly (readonly [name: string, text: string])[]): string {
  const joined = new Document({ groups: [] });
  const all = new YAMLSeq();
  const taken = new Set<string>();
  const unreadable: string[] = [];
  for (const [name, text] of files) {
    const document = parseDocument(text, { uniqueKeys: false });
    const groups = document.get('groups');
    if (document.errors.length > 0 || (groups !== undefined && !isSeq(groups))) {
      unreadable.push(` ${name} is left out: it is no rule file`);
      continue;
    }
    if (groups === undefined) continue;
    const items = hasAliases(document)
      ? groupsOf(document).map((group) => joined.createNode(group))
      : groups.items;
    items.forEach((item, i) => {
      if (!isMap(item)) return;
      if (i === 0) {
        const before = commentsBefore(document, item);
        item.commentBefore = [` ---- ${name}`, ...before].join('\n');
        item.spaceBefore = all.items.length > 0;
      }
      const group = String(item.get('name'));
      const unique = taken.has(group) ? `${group} (${name})` : group;
      if (unique !== group) item.set('name', unique);
      taken.add(unique);
      all.items.push(item);
    });
  }
  joined.set('groups', all);
  if (unreadable.length > 0) joined.commentBefore = unreadable.join('\n');
  return joined.toString({ lineWidth: 0 });
}

/** The file's own comment belongs to its document, its mapping or that one's first key, by the lines between them. */
function commentsBefore({ commentBefore, contents }: Document.Parsed, first: YAMLMap): string[] {
  const root = isMap(contents) ? contents : undefined;
  const key = root?.items[0]?.key;
  const all = [
    commentBefore,
    root?.commentBefore,
    isNode(key) ? key.commentBefore : undefined,
    first.commentBefore,
  ];
  return all.flatMap((one) => one ?? []);
}

/** With what aliases stand for. What they may come to was bounded when the file was read to be saved. */
function groupsOf(document: Document.Parsed): readonly unknown[] {
  return document.toJS({ maxAliasCount: -1 }).groups;
}

/** An alias means what its anchor says, which may stand elsewhere in its file. */
function hasAliases(document: Document.Parsed): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}
