/** The list of rows is broken or breaks off. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
}
