/**
 * The names by which Unicode's properties and their values can be asked for.
 *
 * Owns the list that the tables are generated from, as in PropertyAliases.txt and PropertyValueAliases.txt of Unicode
 * 16, spelled without case, blanks, hyphens and underscores: words between blanks, aliases of one thing joined by
 * slashes.
 *
 * @module
 */

/** Names by kind of property. Script extensions have the names of scripts. */
export const PROPERTY_NAMES = {
  binary: `
    asciihexdigit/ahex alphabetic/alpha bidicontrol/bidic
    bidimirrored/bidim cased caseignorable/ci changeswhencasefolded/cwcf
    changeswhencasemapped/cwcm changeswhenlowercased/cwl
    changeswhentitlecased/cwt changeswhenuppercased/cwu dash
    defaultignorablecodepoint/di deprecated/dep diacritic/dia
    emojimodifierbase/ebase emojicomponent/ecomp emojimodifier/emod emoji
    emojipresentation/epres extender/ext extendedpictographic/extpict
    graphemebase/grbase graphemeextend/grext graphemelink/grlink
    hexdigit/hex hyphen idcontinue/idc idcompatmathcontinue
    idcompatmathstart ideographic/ideo idstart/ids idsbinaryoperator/idsb
    idstrinaryoperator/idst idsunaryoperator/idsu joincontrol/joinc
    logicalorderexception/loe lowercase/lower math
    modifiercombiningmark/mcm noncharactercodepoint/nchar
    otheralphabetic/oalpha otherdefaultignorablecodepoint/odi
    othergraphemeextend/ogrext otheridcontinue/oidc otheridstart/oids
    otherlowercase/olower othermath/omath otheruppercase/oupper
    patternsyntax/patsyn patternwhitespace/patws
    prependedconcatenationmark/pcm quotationmark/qmark radical
    regionalindicator/ri softdotted/sd sentenceterminal/sterm
    whitespace/wspace/space terminalpunctuation/term
    unifiedideograph/uideo uppercase/upper variationselector/vs
    xidcontinue/xidc xidstart/xids
  `,
  category: `
    other/c casedletter/lc control/cntrl/cc format/cf closepunctuation/pe
    unassigned/cn privateuse/co combiningmark/mark/m
    connectorpunctuation/pc currencysymbol/sc dashpunctuation/pd
    decimalnumber/digit/nd enclosingmark/me finalpunctuation/pf
    initialpunctuation/pi letter/l letternumber/nl lineseparator/zl
    lowercaseletter/ll modifierletter/lm otherletter/lo titlecaseletter/lt
    uppercaseletter/lu mathsymbol/sm spacingmark/mc nonspacingmark/mn
    modifiersymbol/sk number/n othernumber/no openpunctuation/ps
    otherpunctuation/po othersymbol/so punctuation/punct/p
    paragraphseparator/zp symbol/s separator/z spaceseparator/zs
  `,
  script: `
    adlam/adlm caucasianalbanian/aghb ahom anatolianhieroglyphs/hluw
    arabic/arab armenian/armn imperialaramaic/armi avestan/avst
    balinese/bali bamum/bamu bassavah/bass batak/batk bengali/beng
    bhaiksuki/bhks bopomofo/bopo brahmi/brah braille/brai buginese/bugi
    buhid/buhd chakma/cakm canadianaboriginal/cans carian/cari cham
    cherokee/cher chorasmian/chrs common/zyyy coptic/copt/qaac
    cyprominoan/cpmn cypriot/cprt cuneiform/xsux cyrillic/cyrl
    deseret/dsrt devanagari/deva divesakuru/diak dogra/dogr duployan/dupl
    egyptianhieroglyphs/egyp elbasan/elba elymaic/elym ethiopic/ethi
    garay/gara georgian/geor glagolitic/glag gunjalagondi/gong
    masaramgondi/gonm gothic/goth grantha/gran greek/grek gujarati/gujr
    gurungkhema/gukh gurmukhi/guru hani/han hangul/hang
    hanifirohingya/rohg hanunoo/hano hatran/hatr hebrew/hebr hiragana/hira
    pahawhhmong/hmng nyiakengpuachuehmong/hmnp oldhungarian/hung
    inherited/qaai/zinh inscriptionalpahlavi/phli
    inscriptionalparthian/prti olditalic/ital javanese/java kaithi/kthi
    kayahli/kali katakana/kana kannada/knda kawi kharoshthi/khar
    khitansmallscript/kits khmer/khmr khojki/khoj khudawadi/sind
    kiratrai/krai taitham/lana laoo/lao latin/latn lepcha/lepc limbu/limb
    lineara/lina linearb/linb lisu lycian/lyci lydian/lydi mahajani/mahj
    makasar/maka malayalam/mlym mandaic/mand manichaean/mani marchen/marc
    medefaidrin/medf meeteimayek/mtei mendekikakui/mend
    meroiticcursive/merc meroitichieroglyphs/mero miao/plrd modi
    mongolian/mong mroo/mro multani/mult myanmar/mymr nabataean/nbat
    nagmundari/nagm nandinagari/nand oldnortharabian/narb newa
    newtailue/talu nkoo/nko nushu/nshu ogham/ogam olchiki/olck
    oldpermic/perm oldpersian/xpeo oldsogdian/sogo oldsoutharabian/sarb
    oldturkic/orkh olduyghur/ougr olonal/onao oriya/orya osage/osge
    osmanya/osma palmyrene/palm paucinhau/pauc phagspa/phag
    psalterpahlavi/phlp phoenician/phnx rejang/rjng runic/runr
    samaritan/samr saurashtra/saur signwriting/sgnw sharada/shrd
    shavian/shaw siddham/sidd sinhala/sinh sogdian/sogd sorasompeng/sora
    soyombo/soyo sundanese/sund sunuwar/sunu sylotinagri/sylo syriac/syrc
    tagalog/tglg tagbanwa/tagb taile/tale taiviet/tavt takri/takr
    tamil/taml tangut/tang tangsa/tnsa telugu/telu tifinagh/tfng
    thaana/thaa thai tibetan/tibt tirhuta/tirh todhri/todr toto
    tulutigalari/tutg ugaritic/ugar vaii/vai vithkuqi/vith wancho/wcho
    warangciti/wara yezidi/yezi yiii/yi zanabazarsquare/zanb
  `,
  age: `
    1.1/v11 10.0/v100 11.0/v110 12.0/v120 12.1/v121 13.0/v130 14.0/v140
    15.0/v150 15.1/v151 16.0/v160 2.0/v20 2.1/v21 3.0/v30 3.1/v31 3.2/v32
    4.0/v40 4.1/v41 5.0/v50 5.1/v51 5.2/v52 6.0/v60 6.1/v61 6.2/v62
    6.3/v63 7.0/v70 8.0/v80 9.0/v90
  `,
  graphemeBreak: `
    control/cn cr extend/ex l lf lv lvt prepend/pp regionalindicator/ri
    spacingmark/sm t v zwj
  `,
  wordBreak: `
    aletter/le cr doublequote/dq extendnumlet/ex extend format/fo
    hebrewletter/hl katakana/ka lf midnumlet/mb midletter/ml midnum/mn
    newline/nl numeric/nu regionalindicator/ri singlequote/sq wsegspace
    zwj
  `,
  sentenceBreak: `
    aterm/at close/cl cr extend/ex format/fo oletter/le lf lower/lo
    numeric/nu scontinue/sc sep/se sp sterm/st upper/up
  `,
} as const;
