#pragma once
// Sentences: what the templates of the .cpp files make of clauses.
#include "tools/corpus/clauses.h"

namespace gamana::corpus {

// With a capital letter and a final mark.
Pair finished(const string& english, const string& kannada, char mark = '.');

// One clause.
Pair statement(Random& r);
Pair yes_no_question(Random& r);
Pair wh_question(Random& r);
Pair command(Random& r);
Pair suggestion(Random& r);   // let us …
Pair obligation(Random& r);   // must, may, must not, want to, like to
Pair description(Random& r);  // the house is big, he is a farmer, this is my book
Pair comparison(Random& r);
Pair location(Random& r);    // there is a book on the table
Pair experience(Random& r);  // ನನಗೆ … ಇಷ್ಟ, ಗೊತ್ತು, ಬೇಕು
Pair possession(Random& r);
Pair animal(Random& r);
Pair weather(Random& r);

// Several clauses.
Pair because(Random& r);
Pair condition(Random& r);  // if, although
Pair sequence(Random& r);   // when, while, after, before
Pair purpose(Random& r);    // went to the market to buy …
Pair chain(Random& r);      // ಎದ್ದು, ಸ್ನಾನ ಮಾಡಿ, …
Pair related(Random& r);    // the book that Ravi bought
Pair contrast(Random& r);   // but, so, and
Pair reported(Random& r);   // … ಎಂದು ಹೇಳಿದನು
Pair long_sentence(Random& r);

}  // namespace gamana::corpus
