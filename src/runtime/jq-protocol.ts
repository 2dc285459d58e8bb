/** What the thread that runs jq programs and its owner say to each other. */
import type { ExpressionErrorKind } from '../expression/error.ts';

/** Handed to the thread, so that its module knows it is not merely being imported. */
export const jqThreadMark = 'baton: run jq programs';

export type JqAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'output'; readonly output: string; readonly isSpent: boolean }
  | {
      readonly type: 'error';
      readonly kind: ExpressionErrorKind;
      readonly message: string;
      readonly subject?: string;
      /** The thread is not fit for another program. */
      readonly isSpent: boolean;
    };

export type JqResult = Exclude<JqAnswer, { readonly type: 'ready' }>;
