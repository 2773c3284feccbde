"""Sentence patterns of the sample corpus: plain data, written by hand.

One a line: how many sentences, the English pattern, the Chinese pattern. [S] is a slot, filled
with an item of that class; [S.pro] one of its other forms; [now?] may stay empty; a digit makes a
second slot of a class. (like) and [like.s] agree with the first subject, (like:G2) with another.
"""

SHORT = """
69 | [S] (love) beijing | [S]爱北京
69 | [S] (love) beijing tian an men | [S]爱北京天安门
50 | i love [lovable] | 我爱[lovable]
74 | [P] (love) [lovable] | [P]爱[lovable]
82 | [S] (love) [lovable] | [S]爱[lovable]
66 | [S] (love) [hobby.ing] | [S]爱[hobby]
92 | [S] [like.s] [fun] | [S][like][fun]
66 | (do) [Q] like [fun] | [Q]喜欢[fun]吗
62 | why (do) [Q] like [fun] | [Q]为什么喜欢[fun]
62 | who likes [fun] | 谁喜欢[fun]
62 | who wants to [vp] [future?] | 谁[future]想[vp]
92 | [S] [at.s] [place.at] [now?] | [S][now][at][place]
62 | (be) [Q] [place.at] [now?] | [Q][now]在[place]吗
62 | [S] (was) [place.at] [past] | [S][past]在[place]
62 | where (be) [Q] [now?] | [Q][now]在哪儿
62 | where is [findable] | [findable]在哪儿
74 | [S] (be) [doing.ing] [doing.at] [now?] | [S][now]在[doing.place][doing]
92 | [S] (be) [do.ing] [do.at] [future] | [S][future]在[do.place][do]
92 | [S] [do.s] [do.at] [habit] | [S][habit]在[do.place][do]
92 | [S] [act.s] [habit] | [S][habit][act]
120 | [T] [act.s] [habit] | [T][habit][act]
104 | [T] [often] [act.s] | [T][often][act]
66 | [S] [usually] [do.s] [do.at] | [S][usually]在[do.place][do]
74 | [S] (be) [act.ing] | [S]在[act]
76 | [S] (ben't) [act.ing] now | [S]现在没在[act]
62 | what (be) [Q] doing [place.at] [now?] | [Q][now]在[place]做什么
66 | [S] didn't [act] [past] | [S][past]没[act]
66 | did [Q] [act] [past] | [Q][past][act]了吗
112 | [S] [got.ed] [past?] | [S][past][got.le]
74 | [S] [bought.ed] [bought.at] [past] | [S][past]在[bought.place][bought.le]
62 | what did [Q] [take] [past] | [Q][past][take.le]什么
62 | what (do) [Q] want to [take] [future?] | [Q][future]想[take]什么
82 | [S] [go.ed] [went?] | [S][went][go.le]
66 | [S] didn't [go] [went] | [S][went]没[go]
62 | did [Q] [go] [went] | [Q][went][go]了吗
62 | why didn't [Q] [go] [went] | [Q][went]为什么没[go]
82 | [S] [have.s] been to [seen] | [S][have][seen]
62 | (have) [Q] been to [seen] | [Q]去过[seen]吗
62 | [S] (have) already [done.pp] | [S]已经[done]了
62 | [S] (haven't) [done.pp] yet | [S]还没[done]
74 | [S] (be) [go.ing] [will] | [S][will][go]
62 | where (be) [Q] going [will] | [Q][will]去哪儿
92 | [S] [wont] [vp] [will] | [S][will][wont][vp]
62 | will [Q] [vp] [will] | [Q][will]会[vp]吗
62 | when (be) [Q] [go.ing] | [Q]什么时候[go]
92 | [S] [want.s] to [vp] [future?] | [S][future][want][vp]
62 | [S] [want.s] to see [sight] | [S][want]去看[sight]
62 | (do) [Q] want to [vp] | [Q]想[vp]吗
74 | [S] [need.s] to [duty] [future?] | [S][future][need][duty]
84 | [S] [can] [skill] | [S][can][skill]
62 | can [Q] [skill] | [Q]会[skill]吗
62 | [S] [able] [go] [will] | [S][will][able][go]
62 | can [Q] help [O] [errand] [future?] | [Q][future]能帮[O][errand]吗
62 | how (do) [Q] get to [near] [habit] | [Q][habit]怎么去[near]
92 | [S] [trip.s] [habit] | [S][habit][trip]
74 | [S] [trip.ed] [went] | [S][went][trip.le]
66 | [S] (come) from [origin] | [S]来自[origin]
74 | [S] (live) [home.at] | [S]住在[home]
62 | where (do) [Q] live [now?] | [Q][now]住在哪儿
62 | where (do) [Q] [somewhere] [habit] | [Q][habit]在哪儿[somewhere]
74 | [S] (work) [work.at] | [S]在[work]工作
62 | [S] (study) [univ.at] | [S]在[univ]学习
82 | [S] [is.s] [job.as] | [S][is][job]
62 | (be) [Q] [job.as] | [Q]是[job]吗
62 | [S] (be) also [job.as] | [S]也是[job]
80 | [K] and [K2] are both [job.many] | [K]和[K2]都是[job]
96 | [S] (be) [very] [mood] [today?] | [S][today][very][mood]
62 | [S] (be) too [state] [today?] | [S][today]太[state]了
62 | [S] (ben't) [mood] [today?] | [S][today]不[mood]
62 | (be) [Q] [mood] [today?] | [Q][today][mood]吗
90 | [thing] (be) [very] [thing.adj] | [thing][very][thing.adj]
62 | [thing] (be) too [thing.adj] | [thing]太[thing.adj]了
62 | [thing] (ben't) [thing.adj] | [thing]不[thing.adj]
62 | (be) [thing] [thing.adj] | [thing][thing.adj]吗
74 | [S] (think) [thing] (be:thing) [thing.adj] | [S]觉得[thing]很[thing.adj]
82 | [coloured] (be) [colour] | [coloured]是[colour]的
100 | [priced] is [priced.n] yuan | [priced][priced.n]块钱
62 | how much (be) [sold] | [sold]多少钱
100 | [aged] (be) [aged.n] years old | [aged][aged.n]岁
30 | how old (be) [Q] | [Q]多大
74 | [S] (be) [comp] than [O] | [S]比[O][comp]
66 | [pair.this] is [pair.comp] than [pair.that] | [pair.this]比[pair.that][pair.comp]
62 | [land.this] is [land.comp] than [land.that] | [land.this]比[land.that][land.comp]
82 | [S] (have) [np] | [S]有[np]
62 | [S] (don't) have [own] | [S]没有[own]
62 | (do) [Q] have [own] | [Q]有[own]吗
62 | how many [own.many] (do) [Q] have | [Q]有几[own.many]
66 | [S] gave [O] [gift] [past?] | [S][past]给了[O][gift]
62 | please give [O] [gift] | 请给[O][gift]
62 | [S] will call [O] [future] | [S][future]会给[O]打电话
62 | [S] (be) waiting for [O] [place.at] [now?] | [S][now]在[place]等[O]
74 | [S] [know.s] [O] | [S][know][O]
62 | [S] (don't) know where [O.pro] (be:O) | [S]不知道[O.pro]在哪儿
62 | [S] [go.ed] with [O] [went] | [S][went]和[O]一起[go.le]
62 | [S] [want.s] to [go] with [O] | [S][want]和[O]一起[go]
62 | [S] also (like) [fun] | [S]也喜欢[fun]
62 | [many] all like [fun] | [many]都喜欢[fun]
62 | [many] all want to [vp] | [many]都想[vp]
62 | [K] and [K2] both like [hobby.ing] | [K]和[K2]都喜欢[hobby]
74 | there (be) [lying] [lying.spot] | [lying.spot]有[lying]
96 | there are [crowd] [room] | [room]有[crowd]
62 | there is [facility.one] near [site.name] | [site]附近有一[facility.some]
62 | there isn't [facility.one] near [site.name] | [site]附近没有[facility]
66 | [facility] is [beside] [facility2] | [facility]在[facility2][beside]
66 | [laid] is [laid.spot] | [laid]在[laid.spot]
82 | [that] [is.s] [mine] | [that][is][mine]
62 | is [that] [mine] | [that]是[mine]吗
62 | whose [whose] | [whose]
82 | [S] [routine.s] at [clock] [everyday?] | [S][everyday][clock][routine]
62 | what time (do) [Q] [routine] [everyday?] | [Q][everyday]几点[routine]
74 | it is [very] [weather] in [city] [season] | [city][season][very][weather]
62 | it isn't [weather] in [city] [season] | [city][season]不[weather]
66 | it will [rain] in [city] [will] | [city][will]会[rain]
74 | [city] is [weather.comp] than [city2] [season] | [city][season]比[city2][weather]
74 | [site] [distance] far from [site2] | [site]离[site2][distance]
66 | [S] [stay.ed] [stay.at] for [span] | [S]在[stay.place][stay.le][span]
62 | please don't [rude] [rude.at] | 请不要在[rude.place][rude]
66 | let's [vp] [future?] | 我们[future][vp]吧
66 | [G] (be) [job.as] and [G2] (be:G2) [job2.as] | [G]是[job]，[G2]是[job2]
66 | [G] (like) [hobby.ing] and [G2] (like:G2) [hobby2.ing] \
| [G]喜欢[hobby]，[G2]喜欢[hobby2]
66 | [G] (be) [place.at] and [G2] (be:G2) [place2.at] | [G]在[place]，[G2]在[place2]
66 | [G] (want) to [vp] and [G2] (want:G2) to [vp2] | [G]想[vp]，[G2]想[vp2]
66 | [G] (like) [hobby.ing] but [G.pro] (don't) like [hobby2.ing] \
| [G]喜欢[hobby]，但是[G.pro]不喜欢[hobby2]
66 | [G] (want) to [go] but [G.pro] (be) too [weak] | [G]想[go]，但是[G.pro]太[weak]了
66 | [G] can [skill] but [G.pro] can't [skill2] | [G]会[skill]，但是[G.pro]不会[skill2]
62 | it is [cool] in [city] but it is [warm] in [city2] | [city]很[cool]，但是[city2]很[warm]
66 | [G] [go.ed] [went] but [G2] didn't [go] | [G][went][go.le]，但是[G2]没[go]
66 | [G] (be) [cause] so [G.pro] (want) to [cause.vp] | [G]很[cause]，所以[G.pro]想[cause.vp]
66 | it will [rain] [future] so [G] won't [go] | [future]会[rain]，所以[G]不会[go]
66 | [G] (like) [city] so [G.pro] often (go) to [city] | [G]喜欢[city]，所以[G.pro]常常去[city]
66 | [G] didn't [lack] [lack.when] so [G.pro] (be) [lack.state] \
| [G][lack.when]没[lack]，所以[G.pro]很[lack.state]
66 | [G] can't speak [language] so [G.pro] (want) to study [language] \
| [G]不会说[language]，所以[G.pro]想学习[language]
74 | [G] will [go] [future] and then [G.pro] will [vp] | [G][future]会[go]，然后[G.pro]会[vp]
74 | [G] [go.ed] [past] and then [G.pro] [got.ed] | [G][past][go.le]，然后[G.pro][got.le]
66 | [G] [go.ed] [past] and then [G.pro] [go2.ed] | [G][past][go.le]，然后[G.pro][go2.le]
66 | [G] (need) to [go] [future] and then [G.pro] (need) to [duty] \
| [G][future]要[go]，然后[G.pro]要[duty]
"""

LONG = """
25 | [G] will [go] [future] and then [G.pro] will [vp] but [G2] won't [go] with [G.her] \
| [G][future]会[go]，然后[G.pro]会[vp]，但是[G2]不会和[G.her]一起[go]
25 | [G] [go.ed] [dawn] and then [G.pro] [got.ed] so [G.pro] (be) very [good] today and \
[G2] (be:G2) [good2] \
| [G][dawn][go.le]，然后[G.pro][got.le]，所以[G.pro]今天非常[good]，[G2]很[good2]
25 | [G] (like) [hobby.ing] and [G2] (like:G2) [hobby2.ing] but [K] (don't:K) like [hobby3.ing] \
| [G]喜欢[hobby]，[G2]喜欢[hobby2]，但是[K]不喜欢[hobby3]
25 | [G] (be) [cause] so [G.pro] (want) to [cause.vp] and then [G.pro] (want) to [go] with [O] \
| [G]很[cause]，所以[G.pro]想[cause.vp]，然后[G.pro]想和[O]一起[go]
25 | it will [rain] [future] so [G] won't [go] but [G2] (want:G2) to [go2] with [K] \
| [future]会[rain]，所以[G]不会[go]，但是[G2]想和[K]一起[go2]
25 | [G] (like) [city] so [G.pro] often (go) to [city] but [G2] (like:G2) [city2] so \
[G2.pro] often (go:G2) to [city2] \
| [G]喜欢[city]，所以[G.pro]常常去[city]，但是[G2]喜欢[city2]，所以[G2.pro]常常去[city2]
25 | [G] can't speak [language] so [G.pro] (want) to study [language] but [G.pro] (be) \
too [weak] today \
| [G]不会说[language]，所以[G.pro]想学习[language]，但是[G.pro]今天太[weak]了
25 | [G] can [skill] and [G2] can [skill2] but [K] can't speak [language] so [K.pro] \
(want:K) to study [language] \
| [G]会[skill]，[G2]会[skill2]，但是[K]不会说[language]，所以[K.pro]想学习[language]
"""
