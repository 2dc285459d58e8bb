/**
 * The syntax tree: what a template means once its text has been read. Trees are shared between
 * renders through the template cache and are never changed.
 *
 * Comments leave nothing behind, adjacent text is one node, `verbatim` is text.
 */

export interface Place {
  /** Both counted from 1, in the whole template. */
  readonly line: number;
  readonly column: number;
}

export type BinaryOperator =
  | '??'
  | '???'
  | '..'
  | '~'
  | '*'
  | '/'
  | '%'
  | '+'
  | '-'
  | '=='
  | '!='
  | 'equals'
  | '>'
  | '<'
  | '>='
  | '<='
  | 'contains'
  | 'isIn'
  | 'and'
  | 'or';

type UnaryOperator = 'not' | '+' | '-';

export interface NamedArgument extends Place {
  readonly name: string;
  readonly value: Expression;
}

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly NamedArgument[];
}

export interface Literal extends Place {
  readonly type: 'literal';
  readonly value: null | boolean | bigint | number | string;
}

/** A double-quoted text with `#{…}` in it; text parts are kept as they were written. */
export interface Interpolation extends Place {
  readonly type: 'interpolation';
  readonly parts: readonly (string | Expression)[];
}

export interface Name extends Place {
  readonly type: 'name';
  readonly name: string;
}

/** `target.name`, or `target.name(…)`, which no value of the language answers. */
export interface Attribute extends Place {
  readonly type: 'attribute';
  readonly target: Expression;
  readonly name: string;
  readonly arguments?: Arguments;
}

export interface Subscript extends Place {
  readonly type: 'subscript';
  readonly target: Expression;
  readonly key: Expression;
}

export interface ListLiteral extends Place {
  readonly type: 'list';
  readonly items: readonly Expression[];
}

export interface MapLiteral extends Place {
  readonly type: 'map';
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
}

/** A function or a macro. */
export interface Call extends Place {
  readonly type: 'call';
  readonly name: string;
  readonly arguments: Arguments;
}

export interface Filter extends Place {
  readonly type: 'filter';
  readonly target: Expression;
  readonly name: string;
  readonly arguments: Arguments;
}

export interface Test extends Place {
  readonly type: 'test';
  readonly target: Expression;
  readonly name: string;
  readonly arguments: Arguments;
  readonly negated: boolean;
}

export interface Unary extends Place {
  readonly type: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}

export interface Binary extends Place {
  readonly type: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Conditional extends Place {
  readonly type: 'conditional';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export type Expression =
  | Literal
  | Interpolation
  | Name
  | Attribute
  | Subscript
  | ListLiteral
  | MapLiteral
  | Call
  | Filter
  | Test
  | Unary
  | Binary
  | Conditional;

interface TextNode extends Place {
  readonly type: 'text';
  readonly text: string;
}

interface PrintNode extends Place {
  readonly type: 'print';
  readonly expression: Expression;
}

export interface IfNode extends Place {
  readonly type: 'if';
  readonly arms: readonly { readonly condition: Expression; readonly body: readonly Node[] }[];
  readonly otherwise?: readonly Node[];
}

export interface ForNode extends Place {
  readonly type: 'for';
  readonly name: string;
  readonly iterable: Expression;
  readonly body: readonly Node[];
  readonly otherwise?: readonly Node[];
}

export interface SetNode extends Place {
  readonly type: 'set';
  readonly name: string;
  readonly value: Expression;
}

export interface MacroParameter extends Place {
  readonly name: string;
  readonly default?: Expression;
}

export interface MacroNode extends Place {
  readonly type: 'macro';
  readonly name: string;
  readonly parameters: readonly MacroParameter[];
  readonly body: readonly Node[];
}

export interface BlockNode extends Place {
  readonly type: 'block';
  readonly name: string;
  readonly body: readonly Node[];
}

export interface FilterBlockNode extends Place {
  readonly type: 'filter-block';
  readonly filters: readonly FilterBlockStep[];
  readonly body: readonly Node[];
}

export interface FilterBlockStep extends Place {
  readonly name: string;
  readonly arguments: Arguments;
}

export type Node =
  | TextNode
  | PrintNode
  | IfNode
  | ForNode
  | SetNode
  | MacroNode
  | BlockNode
  | FilterBlockNode;

export interface Template {
  readonly source: string;
  readonly nodes: readonly Node[];
  /** Hoisted: callable before they are defined. */
  readonly macros: ReadonlyMap<string, MacroNode>;
  readonly blocks: ReadonlyMap<string, BlockNode>;
}

export type Dialect = '1.x' | '2.0';
