/** Conditions that hold whatever their expressions say, because of the text around them. */
import type * as ast from '../expression/ast.ts';

/** The texts that a condition may render to in order not to hold. */
const falseTexts = ['', 'false', '0', '-0'];

/**
 * The text that makes the condition hold, or undefined where it depends on an expression. `trims`:
 * white space around the whole is dropped before it is looked at.
 */
export function textThatHolds(template: ast.Template, trims: boolean): string | undefined {
  const texts = template.nodes.flatMap((node) => {
    if (node.type !== 'text') return [];
    return [trims ? node.text.trim() : node.text];
  });
  const certain = texts.filter((text) => text !== '');
  const isFixed = template.nodes.every(({ type }) => type === 'text');
  if (isFixed) return falseTexts.includes(certain.join('')) ? undefined : certain.join('');
  return falseTexts.some((text) => canBecome(certain, text)) ? undefined : certain[0];
}

/** Whether something between the parts can complete them to the text. */
function canBecome(parts: readonly string[], text: string): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}
